import type { Buffer } from "node:buffer";
import { printablePointer } from "../../../schemas/json/pointer.ts";
import type { Content } from "../../scan/content.ts";
import type { Finding } from "../../scan/finding.ts";
import type { BindSecret } from "../../scan/rule.ts";
import type { OnSkipped } from "../../scan/skipped.ts";
import { asUtf8, inFile, placeOf } from "../../scan/text.ts";
import { type Budget, budgetFor, isLate } from "../private-key/budget.ts";
import { ALPHANUMERIC, alphabet, type Run, runs } from "../private-key/search/runs.ts";
import { HEAD_CHARACTERS, rowsIn } from "./columns.ts";
import { boxNear, fileContext } from "./confidence.ts";
import { secretsOfConfig } from "./config.ts";
import { type Decoded, decodedAt } from "./encoded.ts";
import { ASSERTION, kindNamed } from "./kinds.ts";
import { assertionAt, nextToken, spanOf, valueAt } from "./spans.ts";
import { type Context, type Secret, secretAt } from "./value.ts";

/** What the secrets consist of, and how many characters they have at least. */
const SECRET = alphabet(ALPHANUMERIC);
/** Client secrets, webhook keys and tokens of Box have 32 characters. */
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
  onSkipped?: OnSkipped,
  budget: Budget = budgetFor(bytes.length),
  bind: BindSecret = () => undefined,
  depth = 0,
): readonly Finding[] {
  const findings: Finding[] = [];
  const head = firstLine(content.head === undefined ? bytes : asUtf8(content.head));
  const file = fileContext(content.path, bytes);
  const rowAt = rowsIn(content.path, bytes, head);
  const context: Context = { near: boxNear(bytes), file, head, rowAt, budget, decodedTo: 0 };
  const inside = (text: Buffer) => inDecoded(content, text, budget, bind, depth);
  let reportedTo = 0;
  for (const run of places(bytes)) {
    if (run.from < reportedTo) continue;
    if (isLate(budget)) break;
    const found = secretsAt(bytes, run, content.whole, context, inside);
    if (found === undefined) continue;
    reportedTo = found.end;
    const place = inFile(content, placeOf(bytes, found.start));
    const room = MAX_FINDINGS - findings.length;
    for (const one of found.secrets.slice(0, room))
      findings.push({ ...findingOf(content.path, one, bind), ...place });
    if (found.secrets.length > room) {
      onSkipped?.("secrets");
      break;
    }
  }
  if (budget.secrets < 0 || budget.names < 0) onSkipped?.("secrets");
  if (budget.late) onSkipped?.("time");
  return findings;
}

/** The runs that may be a secret or have one in them, and tokens in whose first characters there is no such run. */
function* places(bytes: Buffer): Generator<Run> {
  let token = nextToken(bytes, 0);
  for (const run of runs(bytes, SECRET, SHORTEST)) {
    for (; token !== undefined && token.from < run.from; token = nextToken(bytes, token.to)) yield token;
    yield run;
  }
  for (; token !== undefined; token = nextToken(bytes, token.to)) yield token;
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
  const plain = span && secretAt(bytes, span, valueAt(bytes, span), context);
  if (span && plain) return { ...span, secrets: [plain] };
  const decoded = run.from < context.decodedTo ? undefined : decodedAt(bytes, run, context.budget);
  if (decoded === undefined) return undefined;
  context.decodedTo = decoded.end;
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
/** Bytes: what `SOLE` matches at most is 2,037. */
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

/** Rule, path and property name identify a secret; a name that does not resemble one is left out. */
function secretFinding(path: string, { kind, name, certain }: Secret) {
  const property = printablePointer([name]).slice(1) || kind.name.replaceAll(" ", "-");
  return {
    rule: "box-secret",
    certainty: certain ? "certain" : "partial",
    kind: kind.name,
    identity: `box-secret:${path}#${property}`,
    message: `${property}: a Box ${kind.name} is in plain text.`,
    fix: kind.fix,
  } as const;
}
