import type { Buffer } from "node:buffer";
import { printablePointer } from "../../schemas/json.ts";
import { isStandIn } from "../../schemas/stand-ins.ts";
import type { Content } from "../content.ts";
import { type Budget, budgetFor, isLate } from "../detect/budget.ts";
import { ALPHANUMERIC, alphabet, runs } from "../detect/runs.ts";
import type { Finding } from "../finding.ts";
import type { TellGap } from "../gaps.ts";
import { enclosingNames, hostsIn, isBoxHost, marksBox } from "./box-context.ts";
import { kindNamed, looksDrawn, type SecretKind } from "./box-secret-kinds.ts";
import { mayBeNamed, type NamedValue, nameBefore } from "./box-secret-names.ts";
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

/** The secrets of Box that stand in text of any kind, by form, name and surroundings. `bytes` are UTF-8. */
export function secretsInText(
  content: Content,
  bytes: Buffer,
  tellGap?: TellGap,
  budget: Budget = budgetFor(bytes.length),
  bind?: BindSecret,
): readonly Finding[] {
  const findings: Finding[] = [];
  const context: Context = { near: boxNear(bytes), file: fileContext(content.path, bytes), budget };
  let told = 0;
  for (const run of runs(bytes, SECRET, SHORTEST)) {
    const span = spanOf(bytes, run, content.whole);
    if (span === undefined || span.start < told) continue;
    if (isLate(budget)) break;
    const secret = secretAt(bytes, span, context);
    if (secret === undefined) continue;
    told = span.end;
    if (findings.length === MAX_FINDINGS) {
      tellGap?.("secrets");
      break;
    }
    const finding = secretFinding(content.path, secret);
    const secretHash = bind?.(finding.identity, bytes.toString("latin1", span.start, span.end));
    findings.push({
      ...finding,
      ...(secretHash !== undefined && { secretHash }),
      ...inFile(content, placeOf(bytes, span.start)),
    });
  }
  if (budget.secrets < 0 || budget.names < 0) tellGap?.("secrets");
  if (budget.late) tellGap?.("time");
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

function secretAt(bytes: Buffer, { start, end }: Span, context: Context): Secret | undefined {
  const from = Math.max(0, start - BEFORE);
  const boxNearby = context.near(from, end + AFTER);
  const before = bytes.toString("latin1", from, start);
  if (!boxNearby && !(mayBeNamed(before) && context.file())) return undefined;
  const { budget } = context;
  if (--budget.names < 0) return undefined;
  const value = bytes.toString("latin1", start, end);
  const after = bytes.toString("latin1", end, end + AFTER);
  const named = nameBefore(before, after);
  if (isDownscoped(value)) {
    if (--budget.secrets < 0) return undefined;
    const certain = marksBox(before) || marksBox(after) || (named !== undefined && namesBox(named.name));
    const name = named?.name ?? "access_token";
    return certain || context.file() ? { kind: kindNamed("access token"), name, certain } : undefined;
  }
  if (named === undefined) return undefined;
  const fits = fitOf(named.kind, value);
  if (!fits || --budget.secrets < 0) return undefined;
  const company = companyOf(named, before, after, context.file);
  return company && { ...named, certain: fits === "full" && company === "close" };
}

/** Whether the value is as Box makes them, or, of a passphrase, nearly so. */
function fitOf({ shape, name }: SecretKind, value: string): "full" | "near" | undefined {
  if (isStandIn(value) || !looksDrawn(value)) return undefined;
  if (shape.test(value)) return "full";
  return name === "passphrase" && value.length === 32 ? "near" : undefined;
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
