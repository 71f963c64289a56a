import { isObject } from "../schemas/json/is-object.ts";
import type { BoundItem, BoxAccessToken } from "./types.ts";

/** A token as the function returned it. */
export interface Token {
  readonly value: string;
  /** Seconds of life when the function returned it. */
  readonly expiresIn: number;
  readonly restrictedTo: BoxAccessToken["restrictedTo"];
  readonly issuedTokenType: string | undefined;
}

/** Characters that an HTTP header may have. */
export const TOKEN_FORM = /^[\x21-\x7e]{1,8192}$/;

/** The token of a token response (RFC 6749 §5.1), or `undefined` if the value is not one. */
export function readToken(value: unknown): Token | undefined {
  if (!isObject(value)) return undefined;
  const { access_token, expires_in, token_type, restricted_to, issued_token_type } = value;
  if (typeof access_token !== "string" || !TOKEN_FORM.test(access_token)) return undefined;
  if (typeof expires_in !== "number" || !(expires_in > 0) || expires_in > 86_400) return undefined;
  if (String(token_type).toLowerCase() !== "bearer") return undefined;
  return {
    value: access_token,
    expiresIn: expires_in,
    restrictedTo: Array.isArray(restricted_to) ? restricted_to.flatMap(restriction) : undefined,
    issuedTokenType: typeof issued_token_type === "string" ? issued_token_type : undefined,
  };
}

/** The token as Box's SDK represents it. @param expiresIn seconds of life left */
export function accessToken(
  { value, restrictedTo, issuedTokenType }: Token,
  expiresIn: number,
): BoxAccessToken {
  return {
    accessToken: value,
    expiresIn: Math.floor(expiresIn),
    tokenType: "bearer",
    ...(restrictedTo === undefined ? {} : { restrictedTo }),
    ...(issuedTokenType === undefined ? {} : { issuedTokenType }),
  };
}

function restriction(row: unknown): NonNullable<BoxAccessToken["restrictedTo"]> {
  if (!isObject(row) || typeof row.scope !== "string") return [];
  const object = boundItem(row.object);
  return [{ scope: row.scope, ...(object === undefined ? {} : { object }) }];
}

function boundItem(value: unknown): BoundItem | undefined {
  if (!isObject(value)) return undefined;
  const { type, id, name } = value;
  if ((type !== "file" && type !== "folder") || typeof id !== "string") return undefined;
  return { type, id, ...(typeof name === "string" ? { name } : {}) };
}
