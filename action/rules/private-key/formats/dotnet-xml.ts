import { spend } from "../budget.ts";
import { BASE64, readings } from "../decode/base64-candidates.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { fitsRsa, rsaFromParts } from "./jwk.ts";
import { hit, type Key, type KeyFormat } from "./key.ts";

const PROPERTY = /<(?:\w{1,20}:)?(Modulus|Exponent|D|P|Q)>([^<]{1,8192})</g;

const ANCHOR = "RSAKeyValue";
/** A key of 16,384 bits takes 13 KB in XML; this is five times as much, for escapes and indentation. */
const REGION = 64 * 1024;

export const dotnetXml: KeyFormat = {
  name: ".NET XML",
  at: ["xml"],
  find(bytes, { from }, budget) {
    const next = bytes.subarray(from + 8, from + REGION).indexOf(ANCHOR);
    const size = next < 0 ? REGION : next + 8;
    if (!spend(budget, size)) return undefined;
    const key = readXmlKey(withoutEscapes(bytes.toString("latin1", from, from + size)));
    return key && hit(key, from, size);
  },
};

/** What `XmlSerializer` makes of .NET's `RSAParameters`, with the same properties; found by the run that `D` is. */
export const dotnetParameters: KeyFormat = {
  name: ".NET RSAParameters",
  at: ["run"],
  find(bytes, { from, to }, budget) {
    // `<D>`, also behind the prefix of a namespace.
    if (bytes[from - 1] !== 0x3e || bytes[from - 2] !== 0x44 || !spend(budget, 2 * SERIALIZED))
      return undefined;
    const start = bytes.subarray(Math.max(0, from - SERIALIZED), from).lastIndexOf(PARAMETERS);
    if (start < 0) return undefined;
    const text = bytes.toString("latin1", Math.max(0, from - SERIALIZED) + start, from + SERIALIZED);
    const [parameters = ""] = text.split(`</${PARAMETERS}`, 1);
    const key = readXmlKey(parameters);
    return key && hit(key, from, to - from);
  },
};

const PARAMETERS = "RSAParameters";
/** Characters on either side of `D` that have the other properties of a key of 16,384 bits. */
const SERIALIZED = 12 * 1024;

/** The .NET XML key (`RSAKeyValue` with `D`) whose opening tag is in the head of `text`. Without `D` it is public. */
function readXmlKey(text: string): Key | undefined {
  const end = text.indexOf(ANCHOR, ANCHOR.length);
  const inside = end < 0 ? text : text.slice(0, end);
  const parts: Record<string, Buffer> = {};
  for (const [, name = "", value = ""] of inside.matchAll(PROPERTY)) parts[name] ??= decode(value);
  const { Modulus: n, Exponent: e, D: d } = parts;
  if (!n || !e || !d || !fitsRsa(n, d)) return undefined;
  return rsaFromParts("xml", n.toString("base64url"), e.toString("base64url"));
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
