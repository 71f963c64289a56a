/** Ends the start of a function; has no stack, because the reader is an operator. */
export class SettingsError extends Error {
  override readonly name = "SettingsError";

  constructor(message: string) {
    super(message);
    this.stack = "";
  }
}
