/**
 * A small DER reader (X.690): definite lengths, one-byte tags, every length checked against the bytes at
 * hand. It reads one level per call, so nothing recurses and hostile nesting costs nothing. A function
 * given something else returns `undefined`; none throws, none copies. A general ASN.1 library (asn1js) takes 23 times as
 * long for a key (`bench/hand-written.ts`), and a scan tries every place that may be one.
 */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  sequence: 0x30,
} as const;

/** One element of DER (ITU-T X.690): tag, length and content. */
export interface DerNode {
  /** The identifier octet, class and constructed bit included. */
  readonly tag: number;
  /** A view of the content octets. */
  readonly content: Uint8Array;
  /** Octets of the whole element, header included. */
  readonly size: number;
}

/** Most elements of one SEQUENCE that are read; a key has at most eleven. */
const MAX_ELEMENTS = 64;
/** The longest that we know, of Camellia, has 11. */
const MAX_OID_OCTETS = 32;
/** Octets of the largest INTEGER that a JavaScript number holds exactly. */
const MAX_NUMBER_OCTETS = 6;

/** Octets that the element at the start of `bytes` says it has, header included, whether they are there or not. */
export function declaredSize(bytes: Uint8Array): number | undefined {
  const header = readHeader(bytes);
  return header && header.headerSize + header.contentSize;
}

/** The element at the start of `bytes`, if all of it is there. */
export function readDer(bytes: Uint8Array): DerNode | undefined {
  const header = readHeader(bytes);
  if (!header) return undefined;
  const size = header.headerSize + header.contentSize;
  if (size > bytes.length) return undefined;
  return { tag: header.tag, content: bytes.subarray(header.headerSize, size), size };
}

/** The one element that `bytes` consist of, without anything after it. */
export function readWholeDer(bytes: Uint8Array): DerNode | undefined {
  const node = readDer(bytes);
  return node?.size === bytes.length ? node : undefined;
}

/** The elements of a SEQUENCE that fill it exactly. */
export function elements(node: DerNode | undefined): readonly DerNode[] | undefined {
  if (node?.tag !== TAG.sequence) return undefined;
  const found: DerNode[] = [];
  let rest = node.content;
  while (rest.length > 0) {
    const next = readDer(rest);
    if (!next || found.length === MAX_ELEMENTS) return undefined;
    found.push(next);
    rest = rest.subarray(next.size);
  }
  return found;
}

/** Dotted form of an OBJECT IDENTIFIER. */
export function oid(node: DerNode | undefined): string | undefined {
  if (node?.tag !== TAG.oid || node.content.length === 0 || node.content.length > MAX_OID_OCTETS)
    return undefined;
  const arcs: number[] = [];
  let arc = 0;
  let open = false;
  for (const octet of node.content) {
    if (!open && octet === 0x80) return undefined;
    arc = arc * 128 + (octet & 0x7f);
    if (!Number.isSafeInteger(arc)) return undefined;
    open = octet > 0x7f;
    if (open) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(Math.floor(arc / 40), 2), arc - 40 * Math.min(Math.floor(arc / 40), 2));
    else arcs.push(arc);
    arc = 0;
  }
  return open ? undefined : arcs.join(".");
}

/** Value of a non-negative INTEGER; `Infinity` if it does not fit into a JavaScript number. */
export function integer(node: DerNode | undefined): number | undefined {
  const magnitude = naturalOctets(node);
  if (!magnitude) return undefined;
  if (magnitude.length > MAX_NUMBER_OCTETS) return Number.POSITIVE_INFINITY;
  return magnitude.reduce((value, octet) => value * 256 + octet, 0);
}

/** Bit length of a non-negative INTEGER: 0 for zero, 2048 for the modulus of an RSA key of 2,048 bits. */
export function integerBits(node: DerNode | undefined): number | undefined {
  const magnitude = naturalOctets(node);
  if (!magnitude) return undefined;
  return magnitude.length === 0 ? 0 : magnitude.length * 8 - Math.clz32(magnitude[0] ?? 0) + 24;
}

/** Octets of a non-negative INTEGER without leading zeros; zero has none. */
function naturalOctets(node: DerNode | undefined): Uint8Array | undefined {
  if (node?.tag !== TAG.integer) return undefined;
  const [first, second] = node.content;
  if (first === undefined || first > 0x7f) return undefined;
  if (first > 0) return node.content;
  if (second === undefined) return new Uint8Array();
  return second > 0x7f ? node.content.subarray(1) : undefined;
}

/** The element with this identifier octet and these contents, one after the other. */
export function writeDer(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const size = contents.reduce((sum, { length }) => sum + length, 0);
  const octets: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  const header = size < 0x80 ? [tag, size] : [tag, 0x80 | octets.length, ...octets];
  const element = new Uint8Array(header.length + size);
  element.set(header);
  let at = header.length;
  for (const content of contents) {
    element.set(content, at);
    at += content.length;
  }
  return element;
}

function readHeader(bytes: Uint8Array) {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f || first === 0x80) return undefined;
  if (first < 0x80) return { tag, headerSize: 2, contentSize: first };
  const octets = first & 0x7f;
  if (octets > 4 || bytes.length < 2 + octets) return undefined;
  const contentSize = bytes.subarray(2, 2 + octets).reduce((value, octet) => value * 256 + octet, 0);
  const shorter = octets === 1 ? 0x80 : 256 ** (octets - 1);
  return contentSize < shorter ? undefined : { tag, headerSize: 2 + octets, contentSize };
}
