import { Buffer } from "node:buffer";
import { type Budget, spend } from "../budget.ts";
import { withoutEscapes } from "../decode/escapes.ts";
import { type Hit, hit, type KeyFormat } from "./key.ts";
import { isVaried } from "./varied.ts";
import { x25519Key } from "./x25519.ts";

/** 32 octets in base64: the last character before the padding has two bits of them. */
const BASE64 = "[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=(?![A-Za-z0-9+/=])";
/** The name, and the key. */
const LINE = new RegExp(`^PrivateKey\\s{0,4}=\\s{0,4}(${BASE64})`);
/** Characters of a line, escapes included. */
const LONGEST = 80;
/** Bytes around the key in which WireGuard is recognised. */
const NEAR = 2_000;
const WIREGUARD = /\[Interface\]|\[Peer\]|wireguard|AllowedIPs|ListenPort/i;

/** The private key of WireGuard's `wg.conf`, or of the section of systemd-networkd that has it (wg(8)). */
export const wireguard: KeyFormat = {
  name: "wireguard",
  at: ["wireguard"],
  find(bytes, { from }, budget) {
    const [line = "", encoded = ""] =
      LINE.exec(withoutEscapes(bytes.toString("latin1", from, from + LONGEST))) ?? [];
    if (line === "" || !isNear(WIREGUARD, bytes, from, budget)) return undefined;
    return keyOf(Buffer.from(encoded, "base64"), from, line.length);
  },
};

/** The key as a value: in base64, or in the hexadecimal digits of the interface between `wg` and its implementations. */
const VALUE = new RegExp(`^(?:${BASE64}|[0-9a-f]{64}(?![A-Za-z0-9+/=]))`);
/** Characters of the run that such a value begins with: base64 without its padding, hexadecimal digits. */
const [BASE64_RUN, HEX_RUN] = [43, 64];
/** Characters of a run that an escape interrupts or precedes, and what begins one: `\/`, `%2B`, `&#43;`. */
const [SHORTEST_ESCAPED, LONGEST_ESCAPED] = [40, 60];
const ESCAPES: ReadonlySet<number | undefined> = new Set(Buffer.from("\\%&"));

/** Bytes before the value that have its name, escapes and the indentation of a YAML list included. */
const LEAD = 120;
/**
 * The name and what is between it and the value: marks of an assignment, an element, an argument, Bash's
 * `<(echo KEY)`, or another line with `value:`.
 */
const NAME =
  /(?:priv(?:ate)?|secret)[ _-]?key["'`\])]{0,2}(?:\s{0,4}(?::?=>?|[:>,({])\s{0,8}|\s{1,40})(?:(?:value|default)["'`]?\s{0,4}[:=]\s{0,4}|<\(\s?echo\s{1,4})?["'`]{0,2}$/i;
/** What a shell does with a private key alone. */
const PIPED = /^["']?\s*(?:\|\s*(?:sudo\s+)?wg\s+pubkey\b|>\s*\S{0,80}private_?key\b)/;

/** What only configurations of WireGuard have; the last are those of `wgcf`, and a public key beside the private one. */
const NAMES_WIREGUARD = new RegExp(
  [
    `${WIREGUARD.source}|allowed_ips?\\b|listen_port|preshared[_-]?key|\\bwg\\d{0,3}(?![a-z0-9])`,
    "access_token[\\s\\S]{0,200}device_id",
    `pub(?:lic)?[_-]?key\\W{1,12}${BASE64}`,
  ].join("|"),
  "i",
);

/** The same key wherever a name says what it is: `.env`, YAML, JSON, Nix, XML and the scripts of routers. */
export const wireguardValue: KeyFormat = {
  name: "wireguard value",
  at: ["run"],
  find(bytes, { from, to }, budget) {
    if (!mayBeValue(bytes, from, to) || !KEY.test(around(bytes, from))) return undefined;
    const text = withoutEscapes(bytes.toString("latin1", from, from + 2 * LONGEST));
    const value = VALUE.exec(text)?.[0] ?? "";
    const secret = Buffer.from(value, value.length === 64 ? "hex" : "base64");
    if (!isClamped(secret)) return undefined;
    const lead = withoutEscapes(bytes.toString("latin1", Math.max(0, from - LEAD), from));
    if (!NAME.test(lead) && !PIPED.test(text.slice(value.length))) return undefined;
    return isNear(NAMES_WIREGUARD, bytes, from, budget) ? keyOf(secret, from, to - from) : undefined;
  },
};

/** What each name has, for a check that costs less than the others: a file of checksums has thousands of such runs. */
const KEY = /key/i;

const around = (bytes: Buffer, from: number) =>
  bytes.toString("latin1", Math.max(0, from - LEAD), from + 2 * LONGEST);

function mayBeValue(bytes: Buffer, from: number, to: number): boolean {
  const size = to - from;
  if (size === BASE64_RUN) return true;
  // Most digests have another second digit than `0` and `8`, which the fixed bits leave.
  if (size === HEX_RUN) return bytes[from + 1] === 0x30 || bytes[from + 1] === 0x38;
  const mayBeEscaped = size >= SHORTEST_ESCAPED && size <= LONGEST_ESCAPED;
  return mayBeEscaped && (ESCAPES.has(bytes[to]) || ESCAPES.has(bytes[from]));
}

/** Whether these are octets as `wg genkey` makes them: 5 of their bits are fixed (RFC 7748 §5). */
const isClamped = (secret: Buffer): boolean =>
  secret.length === 32 && ((secret[0] ?? 0) & 0x07) === 0 && ((secret[31] ?? 0) & 0xc0) === 0x40;

const isNear = (words: RegExp, bytes: Buffer, at: number, budget: Budget): boolean =>
  spend(budget, 2 * NEAR) &&
  words.test(withoutEscapes(bytes.toString("latin1", Math.max(0, at - NEAR), at + NEAR)));

function keyOf(secret: Buffer, from: number, size: number): Hit | undefined {
  const key = isVaried(secret) ? x25519Key("wireguard", secret) : undefined;
  return key && hit(key, from, size);
}
