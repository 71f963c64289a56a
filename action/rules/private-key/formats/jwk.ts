import type { Buffer } from "node:buffer";
import { createPrivateKey } from "node:crypto";
import { algorithmOfKeyType } from "../../../../keys/formats.ts";
import { mayOpen, spend } from "../budget.ts";
import { BASE64 } from "../decode/base64-candidates.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { derIdentity, keyBits, spkiIdentity } from "./fingerprint.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";
import { publicKeyFromJwk } from "./public-key.ts";

/** Quotation marks are doubled in CSV and in C#. */
const PROPERTY =
  /\b(kty|crv|n|modulus|e|exponent|d|p|q|dp|dq|qi|inverseq|x|y)["'`]{0,2}\s*(?::|=>|=)\s*["'`]{0,2}([A-Za-z0-9_+/=-]{1,4096})/gi;
/** What .NET calls the properties of an RSA key (`RSAParameters`), of which the others have the names of a JWK. */
const DOTNET_NAMES: Readonly<Record<string, string>> = { modulus: "n", exponent: "e", inverseq: "qi" };
/** Octets of a modulus: RSA keys of less than 512 bits are test values. */
const SHORTEST_MODULUS = 64;

/** Characters before a run that may hold the name of the property `d`, escapes included. */
const MEMBER_LEAD = 40;
/** A JWK of 16,384 bits has 12,300 characters, some of them on either side of `d`. */
const OBJECT = 12 * 1024;
const MEMBER_NAME = /(?:^|[^\w-])d["'`]{0,2}\s*(?::|=>?)\s*["'`]{0,2}[\w+/-]*$/i;

/** A JWK, where the run is the value of its secret property. */
export const jwk: KeyFormat = {
  name: "jwk",
  at: ["run"],
  find(bytes, { from, to }, budget) {
    if (!mayBeMember(bytes, from)) return undefined;
    const lead = bytes.toString("latin1", Math.max(0, from - MEMBER_LEAD), from + 6);
    if (!MEMBER_NAME.test(withoutEscapes(lead)) || !spend(budget, 2 * OBJECT)) return undefined;
    const before = withoutEscapes(bytes.toString("latin1", Math.max(0, from - OBJECT), from));
    const text = withoutEscapes(bytes.toString("latin1", Math.max(0, from - OBJECT), from + OBJECT));
    const key = readJwk(text, before.length);
    return key && hit(key, from, to - from);
  },
};

/** A cheap search for the property `d` of a JWK, quoted and escaped in any way; `MEMBER_NAME` is the proof. */
function mayBeMember(bytes: Buffer, from: number): boolean {
  for (let at = from; at >= from - MEMBER_LEAD && at >= 0; at--)
    if (
      ((bytes[at] ?? 0) | 0x20) === 0x64 &&
      !isLetter(bytes[at - 1]) &&
      (!isLetter(bytes[at + 1]) || bytes[at + 1] === 0x75)
    )
      return true;
  return false;
}

const isLetter = (byte: number | undefined) =>
  byte !== undefined && (byte & 0xdf) >= 0x41 && (byte & 0xdf) <= 0x5a;

/**
 * The private JWK (RFC 7517) around the property `d` at `at` of `text`: JSON, or an object of a programming
 * language, with the names of a JWK, or as .NET writes its `RSAParameters`. Undefined for a symmetric key (`oct`), and for a
 * JWK without `d`, which is public.
 */
function readJwk(text: string, at: number): Key | undefined {
  const inside = objectAround(text, at);
  const jwk: Record<string, string> = {};
  let isOfDotnet = false;
  for (const [, written = "", value = ""] of inside.matchAll(PROPERTY)) {
    const name = written.toLowerCase();
    const known = DOTNET_NAMES[name];
    if (known === "n") isOfDotnet = true;
    jwk[known ?? name] ??= inBase64Url(value);
  }
  if (isOfDotnet && jwk.e) jwk.kty ??= "RSA";
  if (!jwk.d || !jwk.kty) return undefined;
  return opened(jwk) ?? incomplete(jwk);
}

const inBase64Url = (value: string) => value.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

/** Characters on either side that contain the properties of one key. */
const REACH = 8192;
/** What begins another entry of YAML or TOML, which have no braces. */
const ENTRY = /\n\s*(?:-[ \t]|---|\[)/g;

function objectAround(text: string, at: number): string {
  const from = Math.max(0, text.lastIndexOf("{", at), at - REACH);
  const to = text.indexOf("}", at);
  const inside = text.slice(from, to < 0 ? at + REACH : to);
  if (inside.split(/\bkty\b/i).length <= 2) return inside;
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
    return {
      container: "jwk",
      algorithm: algorithmOfKeyType(key.asymmetricKeyType),
      encryption: undefined,
      bits: keyBits(key),
      certainty: "certain",
      identity: spkiIdentity(key) ?? derIdentity(BASE64.decode(jwk.d ?? "")),
    };
  } catch {
    return undefined;
  }
}

/** RFC 7518 §6.3.2: `p` and `q` may be left out, which Node does not read. */
function incomplete({ kty, n = "", e = "", d = "" }: Record<string, string>): Key | undefined {
  const [modulus, exponent] = [BASE64.decode(n), BASE64.decode(d)];
  return kty === "RSA" && fitsRsa(modulus, exponent) ? rsaFromParts("jwk", n, e) : undefined;
}

/** Whether modulus and private exponent have sizes that belong together. */
export const fitsRsa = (modulus: Buffer, { length }: Buffer): boolean =>
  modulus.length >= SHORTEST_MODULUS && length <= modulus.length && length >= modulus.length / 2;

/** An RSA key known by its public parts in base64url. */
export function rsaFromParts(
  container: "jwk" | "xml" | "pvk" | "sshcom",
  n: string,
  e: string,
): Key | undefined {
  const key = publicKeyFromJwk({ kty: "RSA", n, e });
  const identity = key && spkiIdentity(key);
  if (key === undefined || identity === undefined) return undefined;
  const certainty = "certain";
  return { container, algorithm: "rsa", encryption: undefined, bits: keyBits(key), certainty, identity };
}
