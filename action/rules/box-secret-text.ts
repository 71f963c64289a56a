import type { Buffer } from "node:buffer";
import { printablePointer } from "../../schemas/json.ts";
import { isStandIn } from "../../schemas/stand-ins.ts";
import type { Content } from "../content.ts";
import { type Budget, budgetFor, isLate } from "../detect/budget.ts";
import { ALPHANUMERIC, alphabet, type Run, runs } from "../detect/runs.ts";
import type { Finding } from "../finding.ts";
import type { TellGap } from "../gaps.ts";
import { enclosingNames, hostsIn, isBoxHost, marksBox, namesBoxIn } from "./box-context.ts";
import { assertionAt } from "./box-secret-assertion.ts";
import { HEAD_CHARACTERS } from "./box-secret-columns.ts";
import { secretsOfConfig } from "./box-secret-config.ts";
import { type Decoded, decodedAt } from "./box-secret-encoded.ts";
import { ASSERTION, kindNamed, looksDrawn, type SecretKind } from "./box-secret-kinds.ts";
import {
  mayBeNamed,
  mayBeNamedFurther,
  type NamedValue,
  namesFurther,
  namesOfValue,
} from "./box-secret-names.ts";
import { isDownscoped, type Span, spanOf } from "./box-secret-spans.ts";
import { namesAnother, namesBox, speaksOfAnother, speaksOfBox } from "./box-words.ts";
import type { BindSecret } from "./rule.ts";
import { inFile, placeOf } from "./text.ts";

/** Bytes around a value in which something may speak of Box. */
const BEFORE = 1500;
const AFTER = 500;

/** What the secrets consist of, and how many characters they have at least. */
const SECRET = alphabet(ALPHANUMERIC);
const SHORTEST = 32;

/** More of them in one file are a dump, and the rest changes nothing. */
const MAX_FINDINGS = 200;

/** A config in an environment variable in a Kubernetes Secret has two layers. */
const MAX_DEPTH = 3;

/**
 * The secrets of Box in text of any kind, by form, name and context, also inside base64. `bytes` are UTF-8.
 * `depth` is how many layers of base64 were taken off.
 */
export function secretsInText(
  content: Content,
  bytes: Buffer,
  tellGap?: TellGap,
  budget: Budget = budgetFor(bytes.length),
  bind: BindSecret = () => undefined,
  depth = 0,
): readonly Finding[] {
  const findings: Finding[] = [];
  const head = content.start.line === 1 ? firstLine(bytes) : "";
  const context: Context = { near: boxNear(bytes), file: fileContext(content.path, bytes), head, budget };
  const inside = (text: Buffer) => inDecoded(content, text, budget, bind, depth);
  let told = 0;
  for (const run of runs(bytes, SECRET, SHORTEST)) {
    if (run.from < told) continue;
    if (isLate(budget)) break;
    const found = secretsAt(bytes, run, content.whole, context, inside);
    if (found === undefined) continue;
    told = found.end;
    const place = inFile(content, placeOf(bytes, found.start));
    const room = MAX_FINDINGS - findings.length;
    for (const one of found.secrets.slice(0, room))
      findings.push({ ...findingOf(content.path, one, bind), ...place });
    if (found.secrets.length > room) {
      tellGap?.("secrets");
      break;
    }
  }
  if (budget.secrets < 0 || budget.names < 0) tellGap?.("secrets");
  if (budget.late) tellGap?.("time");
  return findings;
}

const firstLine = (bytes: Buffer) => {
  const end = bytes.subarray(0, HEAD_CHARACTERS).indexOf(10);
  return end < 0 ? "" : bytes.toString("latin1", 0, end);
};

/** What is at a run: secrets, or findings of a text that it is in base64. */
interface Found {
  readonly start: number;
  readonly end: number;
  readonly secrets: readonly (Secret | { readonly finding: Finding })[];
}

type Inside = (text: Buffer) => readonly Finding[];

function secretsAt(
  bytes: Buffer,
  run: Run,
  whole: boolean,
  context: Context,
  inside: Inside,
): Found | undefined {
  const assertion = assertionAt(bytes, run.from);
  if (assertion) {
    const value = bytes.toString("latin1", assertion.start, assertion.end);
    return { ...assertion, secrets: [{ kind: ASSERTION, name: "assertion", certain: false, value }] };
  }
  const span = spanOf(bytes, run, whole);
  if (span) {
    const secret = secretAt(bytes, span, bytes.toString("latin1", span.start, span.end), context);
    return secret && { ...span, secrets: [secret] };
  }
  const decoded = decodedAt(bytes, run, context.budget);
  if (decoded === undefined) return undefined;
  const secret = soleSecret(bytes, decoded, context);
  const found = secret ? [secret] : inside(decoded.text).map((finding) => ({ finding }));
  return found.length > 0 ? { start: decoded.start, end: decoded.end, secrets: found } : undefined;
}

/** The secret that is all of a decoded text; behind the `id:` of HTTP's Basic scheme it is that of a client. */
function soleSecret(bytes: Buffer, decoded: Decoded, context: Context): Secret | undefined {
  if (decoded.text.length > LONGEST_SOLE) return undefined;
  const [, id, value] = SOLE.exec(decoded.text.toString("latin1")) ?? [];
  const secret = value === undefined ? undefined : secretAt(bytes, decoded, value, context);
  return secret && id !== undefined
    ? { ...secret, kind: kindNamed("client secret"), name: "client_secret" }
    : secret;
}

const SOLE = /^([A-Za-z0-9]{32}:)?([A-Za-z0-9]{32}|[A-Za-z0-9]{64}|1![\w-]{40,2000})\s{0,2}$/;
const LONGEST_SOLE = 2100;

function inDecoded(
  { path }: Content,
  text: Buffer,
  budget: Budget,
  bind: BindSecret,
  depth: number,
): readonly Finding[] {
  if (depth === MAX_DEPTH) return [];
  const content: Content = { path, bytes: text, whole: true, start: { line: 1, column: 1 } };
  const ofConfig = secretsOfConfig(content, bind);
  return ofConfig.length > 0 ? ofConfig : secretsInText(content, text, undefined, budget, bind, depth + 1);
}

interface Secret {
  readonly kind: SecretKind;
  /** As written. */
  readonly name: string;
  readonly certain: boolean;
  readonly value: string;
}

/** Without its place; with the suppression that the value has, if it has one. */
function findingOf(
  path: string,
  secret: Found["secrets"][number],
  bind: BindSecret,
): Omit<Finding, "line" | "column"> {
  if ("finding" in secret) return secret.finding;
  const finding = secretFinding(path, secret);
  const secretHash = bind(finding.identity, secret.value);
  return secretHash === undefined ? finding : { ...finding, secretHash };
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
  /** The first line, where a table has its heads. */
  readonly head: string;
  readonly budget: Budget;
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
    known ??= path.split("/").some(namesBox) || marksBoxIn(bytes);
    return known;
  };
}

/** By pieces: a string of the whole file would wait for the garbage collector outside of its sight. */
function marksBoxIn(bytes: Buffer): boolean {
  for (let from = 0; from < bytes.length; from += PIECE)
    if (marksBox(bytes.toString("latin1", Math.max(0, from - LONGEST_MARK), from + PIECE))) return true;
  return false;
}

const PIECE = 32 * 1024;
const LONGEST_MARK = 512;

/** The secret between two offsets; `value` is the text there, decoded. */
function secretAt(bytes: Buffer, { start, end }: Span, value: string, context: Context): Secret | undefined {
  const from = Math.max(0, start - BEFORE);
  const boxNearby = context.near(from, end + AFTER);
  const before = bytes.toString("latin1", from, start);
  if (!boxNearby && !mayBelong(value, before, context)) return undefined;
  const { budget } = context;
  if (--budget.names < 0) return undefined;
  const after = bytes.toString("latin1", end, end + AFTER);
  if (isDownscoped(value)) return downscopedSecret(value, before, after, context);
  if (isStandIn(value) || !looksDrawn(value) || DIGEST.test(before.slice(-DIGEST_CHARACTERS)))
    return undefined;
  let paid = false;
  for (const named of allNames(before, after, context)) {
    const fits = fitOf(named.kind, value);
    if (!fits) continue;
    if (namesAnother(named.name)) return undefined;
    if (!paid && --budget.secrets < 0) return undefined;
    paid = true;
    const company = companyOf(named, before, after, context);
    if (company) return { ...named, certain: fits === "full" && company === "close", value };
  }
  return undefined;
}

/** What the search for a name that is further away costs, in names. */
const FURTHER_NAMES = 4;

function* allNames(before: string, after: string, { head, budget }: Context): Generator<NamedValue> {
  yield* namesOfValue(before, after);
  if (!mayBeNamedFurther(before, after, head)) return;
  budget.names -= FURTHER_NAMES;
  if (budget.names >= 0) yield* namesFurther(before, after, head);
}

/** What tools that print digests write before them: `MD5 (file) = `. */
const DIGEST = /\b(?:MD5|SHA-?[0-9/]{1,7})\s{0,2}\([^()\n]{1,160}\)\s?=\s{0,2}$/i;
const DIGEST_CHARACTERS = 192;

/** Whether a value with no "box" nearby is worth asking for its name. */
const mayBelong = (value: string, before: string, { file }: Context) =>
  mayBeNamed(before) && (isDownscoped(value) || file());

/** A downscoped token has a form that nobody else's has: a name for it, or Box in the file, is enough. */
function downscopedSecret(
  value: string,
  before: string,
  after: string,
  context: Context,
): Secret | undefined {
  if (--context.budget.secrets < 0) return undefined;
  const [named] = allNames(before, after, context);
  const certain = marksBox(before) || marksBox(after) || (named !== undefined && namesBox(named.name));
  if (!certain && named === undefined && !context.file()) return undefined;
  return { kind: kindNamed("access token"), name: named?.name ?? "access_token", certain, value };
}

/** Whether the value is as Box makes them, or, of a passphrase, nearly so. */
function fitOf({ shape, name }: SecretKind, value: string): "full" | "near" | undefined {
  if (shape.test(value)) return "full";
  return name === "passphrase" && value.length === 32 ? "near" : undefined;
}

/** How closely the value belongs to Box: by its own name or neighbours, or only by the file that it is in. */
function companyOf(
  { name, kind, taken, bearer }: NamedValue,
  before: string,
  after: string,
  context: Context,
): "close" | "loose" | undefined {
  if (namesBox(name) || taken) return "close";
  if (bearer) {
    const hosts = hostsIn(before.slice(-600) + after);
    if (hosts.length > 0) return hosts.some(isBoxHost) ? "close" : undefined;
  }
  const around = enclosingNames(before);
  if (around.some(namesBox)) return "close";
  if (around.some(namesAnother)) return undefined;
  if (marksBox(before) || marksBox(after)) return "close";
  if (kind.vague && !bearer) return undefined;
  return looseCompany(before, after, context) ? "loose" : undefined;
}

/** Whether something in the nearest lines, the head of the table or the file speaks of Box. */
function looseCompany(before: string, after: string, { file, head }: Context): boolean {
  const lines = before.split("\n").slice(-NEAR_LINES);
  const own = lines.slice(lines.findLastIndex((line) => speaksOfAnother(line.replace(TOOLS, " "))) + 1);
  if (namesBoxIn(`${own.join("\n")}${(after.split("\n", 1)[0] ?? "").slice(0, 200)}`)) return true;
  const near = lines.slice(-6).join("\n");
  if (speaksOfBox(near) || speaksOfBox(head)) return true;
  return !speaksOfAnother(near) && file();
}

const NEAR_LINES = 12;
/** Commands that keep secrets for everybody. */
const TOOLS = /(?:^|[\s$|;&(])(?:aws|az|gcloud|heroku|vercel|gh)\s/g;
