/**
 * Who calls, from what the caller cannot write: its IAM identity at a Function URL, or the alias that it invoked and
 * that IAM denies to every other principal.
 */
export type Caller =
  /** `name` is the one that the deployment maps this principal to, if it does. */
  | { readonly iam: string; readonly name?: string }
  /** The alias is the caller's name too. */
  | { readonly alias: string }
  /** Nothing that identifies anyone, e.g. an unqualified invoke; no statement matches it. The text is the reason, for the log. */
  | { readonly unidentified: string };

/** A caller's name: 1 to 128 letters, digits, dashes and underscores, not digits alone, as an alias is named. */
export const CALLER_NAME = /^(?![0-9]+$)[A-Za-z0-9_-]{1,128}$/;

/** What policies know the caller by in `"caller": { "name": … }`. */
export function nameOf(caller: Caller): string | undefined {
  if ("alias" in caller) return caller.alias;
  return "iam" in caller ? caller.name : undefined;
}
