import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { algorithmOfKeyType } from "../../../../keys/formats.ts";
import type { DetectedAlgorithm } from "../../../scan/key-facts.ts";
import { derIdentity, keyBits, spkiIdentity } from "./fingerprint.ts";
import type { Key } from "./key.ts";
import { publicKeyFromJwk } from "./public-key.ts";
import { type Expression, readExpression } from "./s-expression.ts";
import { readSshPublicKey } from "./ssh-blob.ts";

/** How a key begins in the canonical form, as GnuPG wrote it until version 2.2. A stub of a card is `shadowed`. */
const CANONICAL = /^\((?:11:private-key|21:protected-private-key)\(/;
const OPEN = 0x28;
/** What is before the key in the newer form, on a line of its own. */
const KEY_NAME = Buffer.from("Key: (");
const KEY = /(?:^|\n)Key: (?=\((?:protected-)?private-key[\s(])/;
/** Characters in which the key has begun, and those of the largest one. */
const [LONGEST_HEAD, LONGEST] = [4 * 1024, 64 * 1024];

/** Whether a key begins here as GnuPG keeps it in `private-keys-v1.d`. */
export function startsLikeGnupg(bytes: Buffer): boolean {
  if (bytes[0] === OPEN) return CANONICAL.test(bytes.toString("latin1", 0, 32));
  const head = bytes.subarray(0, LONGEST_HEAD);
  return head.includes(KEY_NAME) && KEY.test(head.toString("latin1"));
}

/** The key that `bytes` begin with, plain or protected by a passphrase, and how many bytes it takes. */
export function readGnupg(bytes: Buffer): { readonly key: Key; readonly size: number } | undefined {
  const text = bytes.toString("latin1", 0, LONGEST);
  if (text.startsWith("(")) return readKey(text);
  const named = KEY.exec(text);
  if (named === null) return undefined;
  const from = named.index + named[0].length;
  const folded = text.slice(from);
  const found = readKey(folded.replace(FOLD, ""));
  return found && { key: found.key, size: from + offsetIn(folded, found.size) };
}

function readKey(text: string): { readonly key: Key; readonly size: number } | undefined {
  const found = readExpression(text);
  const key = found && keyOf(found.value);
  return key && { key, size: found.end };
}

/** The newer form has lines of 64 characters or so, which GnuPG also breaks within a word, a number or an escape. */
const FOLD = /\r?\n /g;

/** Where the character is in the folded text that is at `unfolded` without its folds. */
function offsetIn(folded: string, unfolded: number): number {
  let offset = unfolded;
  for (const { index, 0: fold } of folded.matchAll(FOLD)) if (index < offset) offset += fold.length;
  return offset;
}

interface Algorithm {
  readonly name: DetectedAlgorithm;
  /** The parameter that is secret. */
  readonly secret: string;
  /** A parameter that is another one in every key. */
  readonly open: string;
}

const ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  rsa: { name: "rsa", secret: "d", open: "n" },
  dsa: { name: "dsa", secret: "x", open: "y" },
  elg: { name: "elgamal", secret: "x", open: "y" },
  ecc: { name: "ec", secret: "d", open: "q" },
  ecdsa: { name: "ec", secret: "d", open: "q" },
};

function keyOf(value: Expression): Key | undefined {
  const [kind, body] = listOf(value);
  const [name, ...parameters] = listOf(body);
  const algorithm = ALGORITHMS[textOf(name)];
  const isProtected = textOf(kind) === "protected-private-key";
  if (algorithm === undefined) return undefined;
  const values = new Map(parameters.map(listOf).map(([key, ...rest]) => [textOf(key), rest]));
  const first = (key: string) => octetsOf(values.get(key)?.[0]);
  const open = first(algorithm.open);
  const hasSecret = isProtected
    ? (values.get("protected")?.length ?? 0) >= 3
    : first(algorithm.secret).length > 0;
  if (open.length === 0 || !hasSecret) return undefined;
  const known = algorithm.name === "dsa" ? dsaKey(first) : publicKey(first);
  return {
    container: "gnupg",
    algorithm: known ? algorithmOfKeyType(known.asymmetricKeyType) : algorithm.name,
    encryption: isProtected ? "unnamed" : undefined,
    bits: known && keyBits(known),
    certainty: "certain",
    identity: (known && spkiIdentity(known)) ?? derIdentity(open),
  };
}

const listOf = (value: Expression | undefined): readonly Expression[] =>
  value === undefined || Buffer.isBuffer(value) ? [] : value;
const octetsOf = (value: Expression | undefined): Buffer =>
  value !== undefined && Buffer.isBuffer(value) ? value : Buffer.alloc(0);
const textOf = (value: Expression | undefined): string => octetsOf(value).toString("latin1");

/** Curves by Libgcrypt's names, with the octets of a coordinate. */
const CURVES: Readonly<Record<string, readonly [crv: string, octets: number]>> = {
  "NIST P-256": ["P-256", 32],
  "NIST P-384": ["P-384", 48],
  "NIST P-521": ["P-521", 66],
  secp256k1: ["secp256k1", 32],
};
const EDWARDS: Readonly<Record<string, string>> = { Ed25519: "Ed25519", Curve25519: "X25519" };

/** The first value of a parameter; empty where there is none. */
type Parameter = (name: string) => Buffer;

/** By SSH's form of it: JWK has no DSA. */
function dsaKey(parameter: Parameter): KeyObject | undefined {
  const strings = [Buffer.from("ssh-dss"), ...["p", "q", "g", "y"].map(parameter)];
  return readSshPublicKey(Buffer.concat(strings.flatMap((string) => [sizeOf(string), string])))?.key;
}

function sizeOf({ length }: Buffer): Buffer {
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length);
  return size;
}

function publicKey(parameter: Parameter): KeyObject | undefined {
  const [n, e, q] = [parameter("n"), parameter("e"), parameter("q")];
  const curve = textOf(parameter("curve"));
  if (n.length > 0 && e.length > 0)
    return publicKeyFromJwk({ kty: "RSA", n: url(unsigned(n)), e: url(unsigned(e)) });
  const edwards = EDWARDS[curve];
  // The prefix of a native point.
  if (edwards !== undefined && q.length === 33 && q[0] === 0x40)
    return publicKeyFromJwk({ kty: "OKP", crv: edwards, x: url(q.subarray(1)) });
  const [crv, octets = 0] = CURVES[curve] ?? [];
  if (crv === undefined || q.length !== 1 + 2 * octets || q[0] !== 4) return undefined;
  const [x, y] = [q.subarray(1, 1 + octets), q.subarray(1 + octets)];
  return publicKeyFromJwk({ kty: "EC", crv, x: url(x), y: url(y) });
}

const unsigned = (bytes: Buffer) => (bytes[0] === 0 ? bytes.subarray(1) : bytes);
const url = (bytes: Buffer) => bytes.toString("base64url");
