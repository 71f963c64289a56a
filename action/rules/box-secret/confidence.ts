import type { Buffer } from "node:buffer";
import { pathNamesBox, withoutComponents } from "./components.ts";
import { enclosingNames, hostsIn, isBoxHost, marksBox, namesBoxIn, usesBox } from "./context.ts";
import type { NamedValue } from "./names.ts";
import type { Neighbours } from "./value.ts";
import { hasOwnWord, mentionsBox, mentionsOtherVendor, namesBox, namesOtherVendor } from "./vendor-names.ts";

/** What the whole file says about Box. */
export interface FileContext {
  readonly file: () => boolean;
  /** The first line, where a table has its heads. */
  readonly head: string;
}

/** Each context of Box has one of these; the last two are in tokens that Box's responses and SDK for Node.js write. */
export const BOX_WORDS = ["box", "BOX", "Box", "restricted_to", "TokenTTLMS"] as const;

/** Whether one of these words is in the bytes from the one offset to the other; offsets only grow. */
export function boxNear(bytes: Buffer): (from: number, to: number) => boolean {
  let cursors: { word: string; at: number }[] | undefined;
  return (from, to) => {
    cursors ??= BOX_WORDS.map((word) => ({ word, at: bytes.indexOf(word) }));
    for (const cursor of cursors)
      if (cursor.at !== -1 && cursor.at < from) cursor.at = bytes.indexOf(cursor.word, from);
    return cursors.some(({ at }) => at !== -1 && at < to);
  };
}

/** What the whole file says about Box; searched at most once. */
export function fileContext(path: string, bytes: Buffer): () => boolean {
  let known: boolean | undefined;
  return () => {
    known ??= pathNamesBox(path) || marksBoxIn(bytes);
    return known;
  };
}

/** By pieces: a string of the whole file would wait for the garbage collector outside of its sight. */
function marksBoxIn(bytes: Buffer): boolean {
  for (let from = 0; from < bytes.length; from += PIECE)
    if (marksBox(bytes.toString("latin1", Math.max(0, from - LONGEST_MARK), from + PIECE))) return true;
  return false;
}

/** Bytes of one string: small enough for V8 to collect it with the next short-lived objects. */
const PIECE = 32 * 1024;
/** More than the longest name of Box that the border of two pieces may cut, a host of 190 characters. */
const LONGEST_MARK = 512;

/** `high`: the value's own name or neighbours name Box. `low`: only the lines around it or the file do. */
type Confidence = "high" | "low";

/** How likely the value belongs to Box; `undefined` where nothing says so. */
export function confidenceOf(
  named: NamedValue,
  place: Neighbours,
  context: FileContext,
): Confidence | undefined {
  const { before, after } = place;
  if (namesBox(named.name) || named.taken) return "high";
  if (named.bearer) {
    const hosts = hostsIn(before.slice(-600) + after);
    if (hosts.length > 0) return hosts.some(isBoxHost) ? "high" : undefined;
  }
  const around = enclosingNames(before);
  if (around.some(namesBox)) return "high";
  return around.some(namesOtherVendor) ? undefined : confidenceNearby(named, place, context);
}

/** How likely a value belongs to Box whose own name and the names around it do not say so. */
function confidenceNearby(
  { name, kind, bearer }: NamedValue,
  { before, after, row }: Neighbours,
  context: FileContext,
): Confidence | undefined {
  const isMarked = [before, after].some((text) => marksBox(text) || STORED_TOKENS.test(text));
  if (kind.vague && !bearer) return isMarked && BARE.test(name) ? "low" : undefined;
  const isAnothers = hasOwnWord(name);
  if (isMarked) return isAnothers ? confidenceOfAnother(before + after) : "high";
  const isInRow = row?.namesBox === true && row.column === name;
  return isInRow || isMentioned(before, after, context, isAnothers) ? "low" : undefined;
}

/** What only Box's token response and its SDK for Node.js have beside a token: no other word names Box in such a file. */
const STORED_TOKENS =
  /\brestricted_to\\{0,3}["']?\s{0,3}(?::|=>?)\s{0,3}(?:\[|null\b|None\b)|\baccessTokenTTLMS\b/;

/** A vague name without a word of its own, which would say what it is for: `APP_SECRET`, `SESSION_SECRET`. */
const BARE = /(?:^|[.$])(?:secret[_-]?(?:key|value)?|token|bearer|authorization)$/i;

/** Where Box's settings carry its name, a setting that carries another one is not Box's. */
const confidenceOfAnother = (around: string): Confidence | undefined =>
  BOX_SETTING.test(around) ? undefined : "low";

/** `BOX_CLIENT_ID`, and no class. */
const BOX_SETTING = /(?<![A-Za-z0-9])BOX_[A-Z]/;

/** Whether something in the nearest lines, the head of the table or the file mentions Box. */
function isMentioned(
  before: string,
  after: string,
  { file, head }: FileContext,
  isAnothers: boolean,
): boolean {
  const lines = before.split("\n").slice(-NEAR_LINES);
  const own = lines.slice(lines.findLastIndex((line) => mentionsOtherVendor(line.replace(TOOLS, " "))) + 1);
  if (namesBoxIn(`${own.join("\n")}${(after.split("\n", 1)[0] ?? "").slice(0, 200)}`)) return true;
  const behind = after.slice(0, 200).split("\n").slice(0, LINES_BEHIND).join("\n");
  if (usesBox(own.slice(-LINES_BEFORE).join("\n"), behind) && !mentionsOtherVendor(behind)) return true;
  const near = lines.slice(-6).join("\n");
  const prose = withoutComponents(before).split("\n").slice(-6).join("\n");
  if (mentionsBox(prose) || mentionsBox(withoutComponents(head))) return true;
  return !isAnothers && !mentionsOtherVendor(near) && file();
}

/** Lines of one block of settings or one call with its comment. */
const NEAR_LINES = 12;
/** Lines of the statement that has the value. */
const [LINES_BEFORE, LINES_BEHIND] = [4, 3];
/** Commands that keep secrets for all users. */
const TOOLS = /(?:^|[\s$|;&(])(?:aws|az|gcloud|heroku|vercel|gh)\s/g;
