/**
 * Who calls, from what the caller cannot write: its IAM identity at a Function URL, or the alias that it invoked and
 * that IAM denies to every other principal.
 */
export type Caller =
  | { readonly iam: string }
  | { readonly alias: string }
  /** Nothing that identifies anyone, e.g. an unqualified invoke; no statement matches it. `reason` is for the log. */
  | { readonly unidentified: string };
