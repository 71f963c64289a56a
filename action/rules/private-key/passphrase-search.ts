import { Buffer } from "node:buffer";
import { MAX_KDF_ROUNDS } from "../../../keys/inspect.ts";
import type { Budget } from "./budget.ts";
import { withoutEscapes } from "./decode/escapes.ts";
import type { Hit } from "./formats/key.ts";

/** Bytes before and after a key that are searched for its passphrase and its key id. */
const NEAR = 4096;
/** A key has one passphrase, in a few spellings; more candidates are a list of something else. */
const MAX_TRIES = 16;

const PASSPHRASE =
  /(?:pass(?:phrase|word|wd)?|pwd|secret|passin)[A-Za-z0-9_]{0,24}["'`]?[ \t]{0,8}(?:=>|[:=,>]|\s)\s{0,8}(?:pass:)?(?:"([^"\n]{1,200})"|'([^'\n]{1,200})'|`([^`\n]{1,200})`|([^\s"'`<>,;}][^\r\n"'`<>]{0,199}))/gi;
const PUBLIC_KEY_ID = /publicKeyID["'`]?\s{0,4}[:=]\s{0,4}["'`]?([a-z0-9]{8})(?![A-Za-z0-9])/gi;

/** Properties that only a Box config has. */
const BOX_PROPERTY = /boxAppSettings|publicKeyID/i;

/** The hit with what the text around it shows: the passphrase, whether it is Box's key, and its key id at Box. */
export function withContext(hit: Hit, bytes: Buffer, budget: Budget): Hit {
  if (hit.publicKeyID !== undefined && (hit.opened || !hit.key.open)) return hit;
  const context = textAround(hit, bytes);
  return {
    ...unlock(hit, context, budget),
    publicKeyID: hit.publicKeyID ?? nearest(context, PUBLIC_KEY_ID)[0],
    ofBoxConfig: hit.ofBoxConfig || BOX_PROPERTY.test(context.before) || BOX_PROPERTY.test(context.after),
  };
}

interface KeyContext {
  readonly before: string;
  readonly after: string;
}

function textAround({ offset, size }: Hit, bytes: Buffer): KeyContext {
  const end = offset + size;
  const text = (from: number, to: number) => withoutEscapes(bytes.toString("utf8", Math.max(0, from), to));
  return { before: text(offset - NEAR, offset), after: text(end, Math.min(bytes.length, end + NEAR)) };
}

function unlock(hit: Hit, context: KeyContext, budget: Budget): Hit {
  const { open } = hit.key;
  if (hit.opened || !open) return hit;
  // Nor is a passphrase searched for: the search takes time.
  if (budget.locks <= 0) return untried(hit, budget);
  const candidates = nearest(context, PASSPHRASE).flatMap(spellings);
  if (candidates.length === 0) return hit;
  if (open.rounds > MAX_KDF_ROUNDS) return untried(hit, budget);
  budget.locks--;
  for (const candidate of candidates.slice(0, MAX_TRIES)) {
    budget.rounds -= open.rounds;
    if (budget.rounds < 0) return untried(hit, budget);
    const facts = open.try(candidate);
    if (facts) return { ...hit, opened: true, key: { ...hit.key, ...facts } };
  }
  return candidates.length > MAX_TRIES ? untried(hit, budget) : hit;
}

function untried(hit: Hit, budget: Budget): Hit {
  budget.untried = true;
  return hit;
}

/** What a pattern finds, the nearest to the key first, each once. */
function nearest({ before, after }: KeyContext, pattern: RegExp): string[] {
  const values = (text: string) =>
    [...text.matchAll(pattern)].map((match) => match.slice(1).find((group) => group !== undefined) ?? "");
  const [above, below] = [values(before).reverse(), values(after)];
  const mixed = Array.from({ length: Math.max(above.length, below.length) }, (_, at) => [
    below[at],
    above[at],
  ]);
  return [...new Set(mixed.flat().filter((value) => value !== undefined && value !== ""))] as string[];
}

/** As it is, and decoded: a Kubernetes secret holds the passphrase in base64 as well. */
function spellings(text: string): string[] {
  const bare = text.trimEnd();
  const word = /^[^\s,;}]+/.exec(bare)?.[0] ?? bare;
  return [...new Set([text, bare, word])].flatMap(decodings);
}

function decodings(value: string): string[] {
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return [value];
  const text = Buffer.from(value, "base64").toString("utf8");
  return /^[\x20-\x7e]+\n?$/.test(text) ? [value, text, text.trimEnd()] : [value];
}
