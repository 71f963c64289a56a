/** Tags of packets (RFC 9580 §5) that matter here. */
const [SECRET_KEY, PUBLIC_KEY, SECRET_SUBKEY] = [5, 6, 7];

/** A packet of OpenPGP: RFC 9580 §4.2, both formats of header. */
export interface Packet {
  readonly tag: number;
  /** What is there of its content. */
  readonly body: Uint8Array;
  /** Bytes of the whole packet as its header says; `undefined` where it continues to the end. */
  readonly size: number | undefined;
}

/** Octets of the length, by the last two bits of the tag. */
const OLD_FORMAT_LENGTHS = [1, 2, 4] as const;

/** The packet at the start of `bytes`; `undefined` if none begins there, or if its length comes in parts. */
export function readPacket(bytes: Uint8Array): Packet | undefined {
  const first = bytes[0] ?? 0;
  if (first < 0x80) return undefined;
  return first < 0xc0 ? oldFormat(bytes, first) : newFormat(bytes, first);
}

function oldFormat(bytes: Uint8Array, first: number): Packet | undefined {
  const tag = (first >> 2) & 15;
  const octets = OLD_FORMAT_LENGTHS[first & 3];
  if (octets === undefined) return { tag, body: bytes.subarray(1), size: undefined };
  return packet(bytes, tag, 1 + octets, number(bytes, 1, octets));
}

function newFormat(bytes: Uint8Array, first: number): Packet | undefined {
  const tag = first & 63;
  const octet = bytes[1] ?? 0xe0;
  if (octet < 0xc0) return packet(bytes, tag, 2, octet);
  if (octet < 0xe0) return packet(bytes, tag, 3, (octet - 0xc0) * 256 + (bytes[2] ?? 0) + 0xc0);
  return octet === 0xff ? packet(bytes, tag, 6, number(bytes, 2, 4)) : undefined;
}

function packet(bytes: Uint8Array, tag: number, header: number, length: number): Packet {
  return { tag, body: bytes.subarray(header, header + length), size: header + length };
}

function number(bytes: Uint8Array, from: number, octets: number): number {
  let value = 0;
  for (let at = from; at < from + octets; at++) value = value * 256 + (bytes[at] ?? 0);
  return value;
}

/** Whether the packet is a secret key or subkey. */
export const isSecret = ({ tag }: Packet): boolean => tag === SECRET_KEY || tag === SECRET_SUBKEY;

/** Whether another key begins with the packet. */
export const beginsKey = ({ tag }: Packet): boolean => tag === SECRET_KEY || tag === PUBLIC_KEY;
