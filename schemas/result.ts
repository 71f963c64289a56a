/** An expected outcome that may be a refusal: refusals are values, failures of the world are thrown. */
export type Result<Value, Refusal> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Refusal };

/** The work succeeded with `value`. */
export const ok = <Value>(value: Value): Result<Value, never> => ({ ok: true, value });

/** The work was refused for a reason that the caller handles; failures of the world are thrown. */
export const refused = <Refusal>(error: Refusal): Result<never, Refusal> => ({ ok: false, error });
