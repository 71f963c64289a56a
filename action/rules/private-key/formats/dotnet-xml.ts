import { BASE64, readings } from "../decode/base64-candidates.ts";
import { rsaFromParts } from "./jwk.ts";
import type { Key } from "./key.ts";

const MEMBER = /<(?:\w{1,20}:)?(Modulus|Exponent|D|P|Q)>([^<]{1,8192})</g;

/** The .NET XML key (`RSAKeyValue` with `D`) whose opening tag is in the head of `text`. Without `D` it is public. */
export function readXmlKey(text: string): Key | undefined {
  const end = text.indexOf("RSAKeyValue", 11);
  const inside = end < 0 ? text : text.slice(0, end);
  const parts: Record<string, Buffer> = {};
  for (const [, name = "", value = ""] of inside.matchAll(MEMBER)) parts[name] ??= decode(value);
  const { Modulus: n, Exponent: e, D: d } = parts;
  if (!n || !e || !d || n.length < 64 || d.length > n.length || d.length < n.length / 2) return undefined;
  return rsaFromParts(
    { kind: ".NET XML RSA private key", format: "xml" },
    n.toString("base64url"),
    e.toString("base64url"),
  );
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
