/** The kind and location of a bug for the log, without its message, which could quote a value. */
export function bugLocation(thrown: unknown): string {
  const { name, message, stack = "" } = thrown instanceof Error ? thrown : new Error();
  const frames = stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  const where = frames.slice(0, 4).map((line) => line.trim());
  return [name, ...where].join(" ");
}
