import { Buffer } from "node:buffer";
import type { Span } from "./spans.ts";

/** Characters of the longest assertion that is parsed: a key of 16,384 bits signs with 2,731. */
const LONGEST = 8192;
const JWT = /^eyJ[\w-]{16,2000}\.(eyJ[\w-]{16,4000})\.[\w-]{40,3000}/;
const [E, Y, J] = [0x65, 0x79, 0x4a];

/**
 * The JWT that begins at `from`, if it was made for Box: it has Box's own claim or is addressed to Box. Whether it
 * has expired does not count: the same content gives the same findings.
 */
export function assertionAt(bytes: Buffer, from: number): Span | undefined {
  if (bytes[from] !== E || bytes[from + 1] !== Y || bytes[from + 2] !== J) return undefined;
  const [whole, payload] = JWT.exec(bytes.toString("latin1", from, from + LONGEST)) ?? [];
  if (whole === undefined || payload === undefined || !isForBox(payload)) return undefined;
  return { start: from, end: from + whole.length };
}

/** RFC 7519 §4.1.3 lets `aud` be a list. */
const AUDIENCE = /"aud"\s{0,4}:\s{0,4}\[?\s{0,4}"https:\/\/(?:[\w-]{1,40}\.){0,3}box\.com\//;
const SUBJECT_TYPE = /"box_sub_type"\s{0,4}:\s{0,4}"(?:enterprise|user)"/;

function isForBox(payload: string): boolean {
  const claims = Buffer.from(payload, "base64url").toString("latin1");
  return SUBJECT_TYPE.test(claims) || AUDIENCE.test(claims);
}
