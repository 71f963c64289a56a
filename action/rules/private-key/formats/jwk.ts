import { createPrivateKey, createPublicKey } from "node:crypto";
import { mayOpen } from "../budget.ts";
import { BASE64 } from "../decode/base64-candidates.ts";
import { derIdentity, keyBits, spkiIdentity } from "./fingerprint.ts";
import type { Key } from "./key.ts";

const MEMBER =
  /["'`]?\b(kty|crv|n|e|d|p|q|dp|dq|qi|x|y)["'`]?\s*(?::|=>|=)\s*["'`]?([A-Za-z0-9_+/=-]{1,4096})/g;
/** Octets of a modulus below which an RSA key is a toy. */
const SHORTEST_MODULUS = 64;

/**
 * The private JWK (RFC 7517) around the property `d` at `at` of `text`: JSON, or an object of a programming
 * language. A symmetric key (`oct`) is no private key, and a JWK without `d` is public: nothing.
 */
export function readJwk(text: string, at: number): Key | undefined {
  const inside = objectAround(text, at);
  const jwk: Record<string, string> = {};
  for (const [, name = "", value = ""] of inside.matchAll(MEMBER)) jwk[name] ??= value.replace(/=+$/, "");
  if (!jwk.d || !jwk.kty) return undefined;
  return opened(jwk) ?? incomplete(jwk);
}

/** Characters on either side that contain the properties of one key. */
const REACH = 8192;
/** What begins another entry of YAML or TOML, which have no braces. */
const ENTRY = /\n\s*(?:-[ \t]|---|\[)/g;

function objectAround(text: string, at: number): string {
  const from = Math.max(0, text.lastIndexOf("{", at), at - REACH);
  const to = text.indexOf("}", at);
  const inside = text.slice(from, to < 0 ? at + REACH : to);
  if (inside.split(/\bkty\b/).length <= 2) return inside;
  const entries = [...inside.matchAll(ENTRY)].map(({ index }) => index);
  const start = entries.findLast((index) => index < at - from) ?? 0;
  return inside.slice(
    start,
    entries.find((index) => index >= at - from),
  );
}

function opened(jwk: Record<string, string>): Key | undefined {
  if (!mayOpen()) return undefined;
  try {
    const key = createPrivateKey({ key: jwk, format: "jwk" });
    const name = jwk.kty === "OKP" ? jwk.crv : jwk.kty;
    return {
      kind: `JWK ${name} private key`,
      format: "jwk",
      certainty: "certain",
      bits: keyBits(key),
      encrypted: false,
      identity: spkiIdentity(key) ?? derIdentity(BASE64.decode(jwk.d ?? "")),
    };
  } catch {
    return undefined;
  }
}

/** RFC 7518 §6.3.2: `p` and `q` may be left out, which Node does not read. */
function incomplete({ kty, n = "", e = "", d = "" }: Record<string, string>): Key | undefined {
  const [modulus, exponent] = [BASE64.decode(n), BASE64.decode(d)];
  if (kty !== "RSA" || modulus.length < SHORTEST_MODULUS || exponent.length > modulus.length)
    return undefined;
  if (exponent.length < modulus.length / 2) return undefined;
  return rsaFromParts({ kind: "JWK RSA private key", format: "jwk" }, n, e);
}

/** An RSA key known by its public parts in base64url. */
export function rsaFromParts(what: Pick<Key, "kind" | "format">, n: string, e: string): Key | undefined {
  if (!mayOpen()) return undefined;
  try {
    const key = createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" });
    const identity = spkiIdentity(key);
    return identity === undefined
      ? undefined
      : { ...what, certainty: "certain", bits: keyBits(key), encrypted: false, identity };
  } catch {
    return undefined;
  }
}
