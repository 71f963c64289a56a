import type { Buffer } from "node:buffer";
import { printablePointer } from "../../schemas/json.ts";
import { isStandIn } from "../../schemas/stand-ins.ts";
import type { Content } from "../content.ts";
import type { Finding } from "../finding.ts";
import { alnumRuns, type Run } from "./alnum-runs.ts";
import { enclosingNames, hostsIn, isBoxHost, marksBox } from "./box-context.ts";
import { DOWNSCOPED, kindNamed, looksDrawn, type SecretKind } from "./box-secret-kinds.ts";
import { mayBeNamed, type NamedValue, nameBefore } from "./box-secret-names.ts";
import { namesAnother, namesBox, speaksOfAnother, speaksOfBox } from "./box-words.ts";
import { inFile, placeOf } from "./text.ts";

/** Box's secrets and tokens have 32 letters and digits; refresh tokens have 64. */
const LENGTHS: ReadonlySet<number> = new Set([32, 64]);

/** Bytes around a value in which something may speak of Box. */
const BEFORE = 1500;
const AFTER = 500;

/** More of them in one file are a dump, and the rest changes nothing. */
const MAX_FINDINGS = 200;

/** Values with a secret's name whose surroundings are looked at; keeps a hostile file at a second. */
const MAX_CANDIDATES = 20_000;

/** The first bytes tell text from binary files, as Git does. */
const HEAD_BYTES = 8000;

/** The secrets of Box that stand in text of any kind, by form, name and surroundings. `bytes` are UTF-8. */
export function secretsInText(content: Content, bytes: Buffer): readonly Finding[] {
  if (bytes.subarray(0, HEAD_BYTES).includes(0)) return [];
  const findings: Finding[] = [];
  const context: Context = { near: boxNear(bytes), file: fileContext(content.path, bytes), named: 0 };
  let told = 0;
  for (const run of alnumRuns(bytes, 32)) {
    const span = spanOf(bytes, run, content.whole);
    if (span === undefined || span.start < told) continue;
    const secret = secretAt(bytes, span, context);
    if (secret === undefined) continue;
    told = span.end;
    if (findings.length === MAX_FINDINGS) break;
    findings.push({ ...secretFinding(content.path, secret), ...inFile(content, placeOf(bytes, span.start)) });
  }
  return findings;
}

interface Secret {
  readonly kind: SecretKind;
  /** As written. */
  readonly name: string;
  readonly certain: boolean;
}

/** Rule, path and member name a secret; a name that does not look like one is left out. */
function secretFinding(path: string, { kind, name, certain }: Secret) {
  const member = printablePointer([name]).slice(1) || kind.name.replaceAll(" ", "-");
  return {
    rule: "box-secret",
    certainty: certain ? "certain" : "partial",
    kind: kind.name,
    identity: `box-secret:${path}#${member}`,
    message: `${member}: a Box ${kind.name} stands in the open.`,
    fix: kind.fix,
  } as const;
}

/** What is known of the file while its values are looked at in order. */
interface Context {
  readonly near: (from: number, to: number) => boolean;
  readonly file: () => boolean;
  /** Number of values so far that have a secret's name. */
  named: number;
}

/** Whether "box" stands in the bytes from the one offset to the other; offsets only grow. */
function boxNear(bytes: Buffer): Context["near"] {
  const cursors = ["box", "BOX", "Box"].map((word) => ({ word, at: bytes.indexOf(word) }));
  return (from, to) => {
    for (const cursor of cursors)
      if (cursor.at !== -1 && cursor.at < from) cursor.at = bytes.indexOf(cursor.word, from);
    return cursors.some(({ at }) => at !== -1 && at < to);
  };
}

/** What the whole file says about Box; looked up at most once. */
function fileContext(path: string, bytes: Buffer): () => boolean {
  let known: boolean | undefined;
  return () => {
    known ??= path.split("/").some(namesBox) || marksBox(bytes.toString("latin1"));
    return known;
  };
}

/** The value that the run is, or is a part of. */
function spanOf(bytes: Buffer, { start, end }: Run, whole: boolean): Run | undefined {
  const token = downscoped(bytes, start);
  if (token) return token;
  if (!LENGTHS.has(end - start)) return undefined;
  // At the border of a window it may be cut; the neighbour has it whole.
  if (!whole && (start === 0 || end === bytes.length)) return undefined;
  const [previous, next, second] = [bytes[start - 1], bytes[end], bytes[end + 1]];
  if (previous !== undefined && JOINS_BEFORE.has(previous)) return undefined;
  if (next !== undefined && JOINS_AFTER.has(next)) return undefined;
  return next === DOT && second !== undefined && isWord(second) ? undefined : { start, end };
}

const codes = (characters: string) => new Set([...characters].map((character) => character.charCodeAt(0)));

/** Characters that make a run a part of something longer: base64, a path, a UUID, code. */
const JOINS_BEFORE: ReadonlySet<number> = codes("-_./+!#@$%");
const JOINS_AFTER: ReadonlySet<number> = codes("-_/+=([{@:$");
const DOT = 46;
const isWord = (byte: number) => /[\w-]/.test(String.fromCharCode(byte));

function downscoped(bytes: Buffer, inside: number): Run | undefined {
  let start = inside;
  while (start > 0 && inside - start < 2000 && isWord(bytes[start - 1] as number)) start--;
  if (bytes[start - 1] !== 33 || bytes[start - 2] !== 49) return undefined;
  let end = inside;
  while (end < bytes.length && end - inside < 2000 && isWord(bytes[end] as number)) end++;
  const token = { start: start - 2, end };
  return DOWNSCOPED.test(bytes.toString("latin1", token.start, token.end)) ? token : undefined;
}

function secretAt(bytes: Buffer, { start, end }: Run, context: Context): Secret | undefined {
  const from = Math.max(0, start - BEFORE);
  const close = context.near(from, end + AFTER);
  const before = bytes.toString("latin1", from, start);
  if (!close && !(mayBeNamed(before) && context.file())) return undefined;
  const value = bytes.toString("latin1", start, end);
  const narrow = value.startsWith("1!");
  const after = bytes.toString("latin1", end, end + AFTER);
  const named = nameBefore(before, after);
  if (narrow) {
    const near = marksBox(before) || marksBox(after) || (named !== undefined && namesBox(named.name));
    if (!near && !context.file()) return undefined;
    return { kind: kindNamed("access token"), name: named?.name ?? "access_token", certain: near };
  }
  if (named === undefined || context.named++ > MAX_CANDIDATES) return undefined;
  if (isStandIn(value) || !looksDrawn(value)) return undefined;
  const { kind, name } = named;
  const fits = kind.shape.test(value);
  if (!fits && (kind.name !== "passphrase" || value.length !== 32)) return undefined;
  const company = companyOf(named, before, after, context.file);
  return company && { kind, name, certain: fits && company === "close" };
}

/** How closely the value belongs to Box: by its own name or neighbours, or only by the file that it is in. */
function companyOf(
  { name, kind, taken, bearer }: NamedValue,
  before: string,
  after: string,
  file: () => boolean,
): "close" | "loose" | undefined {
  if (namesBox(name) || taken) return "close";
  if (namesAnother(name)) return undefined;
  if (bearer) {
    const hosts = hostsIn(before.slice(-600) + after);
    if (hosts.length > 0) return hosts.some(isBoxHost) ? "close" : undefined;
  }
  const around = enclosingNames(before);
  if (around.some(namesBox)) return "close";
  if (around.some(namesAnother)) return undefined;
  if (marksBox(before) || marksBox(after)) return "close";
  if (kind.vague && !bearer) return undefined;
  const lines = before.split("\n").slice(-6).join("\n");
  return speaksOfBox(lines) || (!speaksOfAnother(lines) && file()) ? "loose" : undefined;
}
