import { rsaFromParts } from "./jwk.ts";
import type { Key } from "./key.ts";
import { BASE64, readings } from "./readings.ts";

const MEMBER = /<(?:\w{1,20}:)?(Modulus|Exponent|D|P|Q)>([^<]{1,8192})</g;

/** The .NET XML key (`RSAKeyValue` with `D`) around `at`. One without `D` is public: nothing. */
export function readXmlKey(text: string, at: number): Key | undefined {
  const from = text.lastIndexOf("RSAKeyValue", at);
  if (from < 0) return undefined;
  const end = text.indexOf("RSAKeyValue", at);
  const inside = text.slice(from, end < 0 ? at + 8192 : end);
  const parts: Record<string, Buffer> = {};
  for (const [, name = "", value = ""] of inside.matchAll(MEMBER)) parts[name] ??= decode(value);
  const { Modulus: n, Exponent: e, D: d } = parts;
  if (!n || !e || !d || n.length < 64 || d.length > n.length || d.length < n.length / 2) return undefined;
  return rsaFromParts(".NET XML RSA private key", n.toString("base64url"), e.toString("base64url"));
}

function decode(value: string): Buffer {
  const text = value.replace(/^[^A-Za-z0-9+/]+/, "");
  return BASE64.decode(text.includes('"') ? longest(text) : text);
}

const longest = (text: string) =>
  [...readings(text, BASE64, () => undefined)].reduce(
    (best, other) => (other.length > best.length ? other : best),
    "",
  );
