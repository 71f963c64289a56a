import type { Buffer } from "node:buffer";
import type { Budget } from "./budget.ts";
import { withoutEscapes } from "./escapes.ts";
import { readJwk } from "./jwk.ts";
import { type Hit, hit, type Key } from "./key.ts";
import { findHead, readBody } from "./key-body.ts";
import { BASE64, type Codec, HEX } from "./readings.ts";
import { endOf, readRegion } from "./region.ts";
import type { Run } from "./runs.ts";
import { readXmlKey } from "./xml-key.ts";

const PEEK = 80;
/** Characters before a run that may hold the name of the member `d`, escapes included. */
const MEMBER_LEAD = 40;
const OBJECT = 12 * 1024;
/** The member `d` of a JWK or `<D>` of .NET XML, and what may stand between it and the value. */
const MEMBER = /(?:^|[^A-Za-z]|3[cC])[dD](?:[^A-Za-z]|&|\\u)/;

/** A key whose encoded bytes the run begins with, whatever stands before it. */
export function encodedKeyAt(bytes: Buffer, { from, to }: Run, budget: Budget): Hit | undefined {
  const peek = bytes.toString("latin1", from, Math.min(to, from + PEEK));
  for (const codec of [BASE64, HEX]) {
    const start = mayBegin(peek, codec) ? findHead(peek, codec) : undefined;
    if (start === undefined) continue;
    const at = from + start;
    const found = readRegion(bytes, at, bytes.length, budget, (text) => finished(text, codec));
    if (!found) continue;
    const { key, chars, tail } = found.body;
    return hit(key, at, endOf(bytes, at, chars, tail) - at);
  }
  return undefined;
}

/** Cheap: most runs are neither. */
function mayBegin(peek: string, codec: Codec): boolean {
  if (codec === HEX) return /^(?:30|6f70656e)[0-9a-fA-F]{30}/.test(peek);
  return /^[^M]{0,4}M[A-P]|^.{0,4}b3BlbnNz/.test(peek);
}

function finished(text: string, codec: Codec) {
  const body = readBody(text, codec);
  return body && { body, final: body.key.certainty === "certain" };
}

/** A key of a format with named members, if the run is the value of the secret one. */
export function memberKeyAt(bytes: Buffer, { from, to }: Run): Hit | undefined {
  const lead = bytes.toString("latin1", Math.max(0, from - MEMBER_LEAD), from + 6);
  if (!MEMBER.test(lead)) return undefined;
  const before = withoutEscapes(bytes.toString("latin1", Math.max(0, from - OBJECT), from));
  const text = before + withoutEscapes(bytes.toString("latin1", from, from + OBJECT));
  const key: Key | undefined = readJwk(text, before.length) ?? readXmlKey(text, before.length);
  return key && hit(key, from, to - from);
}
