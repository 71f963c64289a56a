import type { Buffer } from "node:buffer";
import { derIdentity } from "./fingerprint.ts";
import type { Key } from "./key.ts";
import { beginsKey, isSecret, type Packet, readPacket } from "./openpgp-packet.ts";
import { type PublicPart, readPublicPart, startsLikePublicPart } from "./openpgp-public.ts";
import { readSecretPart, type SecretPart } from "./openpgp-secret.ts";

/** No key in use has more packets than this; keeps hostile bytes cheap. */
const MAX_PACKETS = 20_000;
/** The public part of the smallest key, of Ed25519 with 32 octets, has 38, and one says how the secret is protected. */
const SMALLEST_PACKET = 40;
/** An RSA key of 16,384 bits takes 7,200 octets; ciphers and hashes add some dozens. */
const LARGEST_PACKET = 64 * 1024;

/** Whether a secret key or subkey begins here: tag, length, version, algorithm and the first number must fit. */
export function startsLikeOpenPgp(bytes: Uint8Array): boolean {
  const packet = readPacket(bytes);
  if (!packet || !isSecret(packet)) return false;
  const size = packet.size ?? SMALLEST_PACKET;
  return size >= SMALLEST_PACKET && size <= LARGEST_PACKET && startsLikePublicPart(packet.body);
}

/** A primary key with its subkeys (RFC 9580 §10.2), as far as they are secret. */
interface TransferableKey {
  readonly primary: PublicPart;
  readonly open: Uint8Array;
  readonly secrets: SecretPart[];
}

/**
 * The secret keys that `bytes` begin with: the first with the others behind it, and how many bytes they take.
 * `cut`: also one that ends too early, as `partial`. A key of which only stubs are there, as GnuPG exports them
 * where the secret is on a card or left out, is none.
 */
export function readOpenPgp(
  bytes: Buffer,
  cut: boolean,
): { readonly key: Key; readonly size: number } | undefined {
  const { groups, size } = readPackets(bytes);
  const [key, ...others] = groups.flatMap((each) => keyOf(each, cut) ?? []);
  if (!key) return undefined;
  return { key: others.length > 0 ? { ...key, others } : key, size };
}

/** The packets from the start on, as far as they are any; those that are secret by the key they belong to. */
function readPackets(bytes: Buffer): { readonly groups: readonly TransferableKey[]; readonly size: number } {
  const groups: TransferableKey[] = [];
  let group: TransferableKey | undefined;
  let at = 0;
  for (let count = 0; at < bytes.length && count < MAX_PACKETS; count++) {
    const packet = readPacket(bytes.subarray(at));
    if (!packet) break;
    if (beginsKey(packet)) group = undefined;
    const end = packet.size === undefined ? bytes.length : at + packet.size;
    const part = isSecret(packet) ? readSecretPacket(packet, end <= bytes.length) : undefined;
    if (part && !group) {
      group = { ...part, secrets: [] };
      groups.push(group);
    }
    if (part?.secret && group) group.secrets.push(part.secret);
    at = end;
  }
  return { groups, size: Math.min(at, bytes.length) };
}

function readSecretPacket({ body }: Packet, whole: boolean) {
  const primary = readPublicPart(body);
  if (!primary) return undefined;
  return { primary, open: body.subarray(0, primary.end), secret: readSecretPart(body, primary, whole) };
}

function keyOf({ primary, open, secrets }: TransferableKey, cut: boolean): Key | undefined {
  const whole = secrets.includes("plain") || secrets.includes("encrypted");
  if (!whole && !(cut && secrets.includes("cut short"))) return undefined;
  const encrypted = whole && !secrets.includes("plain");
  return {
    container: "openpgp",
    algorithm: primary.name,
    encryption: encrypted ? "unnamed" : undefined,
    bits: primary.bits,
    certainty: whole ? "certain" : "partial",
    identity: primary.fingerprint === undefined ? derIdentity(open) : `openpgp:${primary.fingerprint}`,
  };
}
