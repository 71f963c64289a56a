import { type KeyObject, verify } from "node:crypto";
import { isObject } from "../../schemas/json/is-object.ts";
import { requireThat } from "./errors.ts";
import type { BoxApp } from "./state.ts";

/** A JWT taken apart; nothing in it is trusted yet. */
export interface Jwt {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** As it was sent. */
  readonly compact: string;
}

/** Always this one, whatever host the request was sent to. */
const AUDIENCE = "https://api.box.com/oauth2/token";
const LONGEST_LIFE_SECONDS = 60;
const JTI_LENGTH = { min: 16, max: 128 };

/** The algorithms that Box accepts (RFC 7518 §3.3), with the names of their hashes in OpenSSL. */
const HASHES: ReadonlyMap<unknown, string> = new Map([
  ["RS256", "sha256"],
  ["RS384", "sha384"],
  ["RS512", "sha512"],
]);

/** @returns `undefined` if the text is not a JWT. */
export function decodeJwt(text: string): Jwt | undefined {
  const [header, claims, signature, ...more] = text.split(".");
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0)
    return undefined;
  const [head, body] = [jsonObject(header), jsonObject(claims)];
  if (head === undefined || body === undefined) return undefined;
  return { header: head, claims: body, compact: text };
}

/**
 * Checks algorithm, key and signature. By `node:crypto`, while the functions sign with jose: what one of them gets
 * wrong, the other refuses. @throws BoxRefusal
 */
export function verifySignatureOf({ header, compact }: Jwt, { publicKeys }: BoxApp): void {
  const hash = HASHES.get(header.alg);
  requireThat(hash !== undefined, "algorithm");
  const key = lookUp(header.kid, publicKeys);
  const [content = "", signature = ""] = splitAt(compact, compact.lastIndexOf("."));
  // `Buffer.from` skips what is not base64url, so that many texts would be the same signature.
  const isBase64url = /^[A-Za-z0-9_-]+$/.test(signature);
  requireThat(
    isBase64url && verify(hash, Buffer.from(content), key, Buffer.from(signature, "base64url")),
    "signature",
  );
}

const splitAt = (text: string, index: number) => [text.slice(0, index), text.slice(index + 1)] as const;

/** `kid` may be left out only while the app has exactly one key. */
function lookUp(kid: unknown, keys: ReadonlyMap<string, KeyObject>): KeyObject {
  if (kid === undefined || kid === "") {
    const [only] = keys.values();
    requireThat(only !== undefined && keys.size === 1, "kidMissing");
    return only;
  }
  const key = typeof kid === "string" ? keys.get(kid) : undefined;
  requireThat(key !== undefined, "kidUnknown");
  return key;
}

/**
 * Checks every claim but the subject.
 * @param now by Box's clock, in seconds since 1970.
 * @param replayed whether the `jti` was seen before.
 * @throws BoxRefusal
 */
export function verifyClaims({ claims }: Jwt, clientId: string, now: number, replayed: boolean): void {
  const { iss, aud, exp, iat, nbf, jti } = claims;
  requireThat(iss === clientId, "issuer");
  requireThat(aud === AUDIENCE, "audience");
  requireThat(Number.isInteger(exp), "expiryNotInteger");
  const expiry = Number(exp);
  requireThat(expiry > now, "expired");
  requireThat(expiry - now <= LONGEST_LIFE_SECONDS, "expiryTooFar");
  requireThat(typeof iat !== "number" || expiry - iat <= LONGEST_LIFE_SECONDS, "expiryTooFar");
  requireThat(
    [nbf, iat].every((time) => time === undefined || (typeof time === "number" && time <= now)),
    "notYetValid",
  );
  requireThat(
    typeof jti === "string" && jti.length >= JTI_LENGTH.min && jti.length <= JTI_LENGTH.max,
    "tokenIdForm",
  );
  requireThat(!replayed, "tokenIdReplayed");
}

function jsonObject(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
