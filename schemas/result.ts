/** An expected outcome that may be a refusal: refusals are values, failures of the world are thrown. */
export type Result<Value, Refusal> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly error: Refusal };

export const ok = <Value>(value: Value): Result<Value, never> => ({ ok: true, value });

export const refused = <Refusal>(error: Refusal): Result<never, Refusal> => ({ ok: false, error });
