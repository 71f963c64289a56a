import type { Caller } from "../schemas/policy/caller.ts";
import { matchesCaller } from "../schemas/policy/caller-pattern.ts";
import type { Policy, Statement } from "../schemas/policy/parse.ts";
import { matchesPattern } from "../schemas/policy/pattern.ts";
import { includesScope } from "../schemas/protocol/scopes.ts";

/** What was requested, in the words of an audit line. */
export interface Requested {
  /** IAM ARN, or `alias:NAME`. */
  readonly caller: string;
  /** The name that the deployment gives the caller. */
  readonly callerName?: string;
  readonly app: string;
  /** `enterprise`, `enterprise:ID` or `user:ID`. */
  readonly subject: string;
  readonly scopes: readonly string[] | undefined;
  readonly resource: string | undefined;
}

/** What a statement lacks for a request; the weight is its distance. */
interface Lack {
  readonly weight: number;
  readonly sentence: string;
}

/**
 * Which statement came nearest to granting a refused request, and what it lacks: `reports-read lacks the scope
 * item_upload`. A statement for the caller is nearer than one for its app, its subject, its scopes or its resource.
 * @returns `undefined` if the policy has no statement, or one that lacks nothing
 */
export function nearestStatement({ statements }: Policy, requested: Requested): string | undefined {
  const rows = statements.map((statement) => ({ statement, lacks: lacksOf(statement, requested) }));
  const distance = ({ lacks }: { readonly lacks: readonly Lack[] }) =>
    lacks.reduce((sum, { weight }) => sum + weight, 0);
  const [nearest] = rows.toSorted((a, b) => distance(a) - distance(b));
  if (nearest === undefined || nearest.lacks.length === 0) return undefined;
  return `${nearest.statement.id} lacks ${nearest.lacks.map(({ sentence }) => sentence).join(", ")}`;
}

function lacksOf(
  statement: Statement,
  { caller, callerName, app, subject, scopes, resource }: Requested,
): readonly Lack[] {
  const lacks: Lack[] = [];
  const lack = (weight: number, sentence: string) => lacks.push({ weight, sentence });
  if (!matchesCaller(statement.caller, callerOf(caller, callerName))) {
    lack(16, `the caller ${caller} (it has ${Object.values(statement.caller).join()})`);
  }
  if (!matchesPattern(statement.app, app)) lack(8, `the app ${app} (it has ${statement.app})`);
  const name = subject.startsWith("enterprise") ? "enterprise" : subject;
  if (!statement.subjects.some((pattern) => matchesPattern(pattern, name))) {
    lack(4, `the subject ${name} (it has ${statement.subjects.join(", ")})`);
  }
  const allowed = statement.scopes;
  const missing =
    allowed === undefined ? [] : (scopes ?? []).filter((scope) => !includesScope(allowed, scope));
  if (missing.length > 0) lack(2, `the scope ${missing.join(", ")} (it has ${allowed?.join(", ")})`);
  const { resources } = statement;
  if (resources !== undefined && resource !== undefined) {
    const covered = resources.some((pattern) => matchesPattern(pattern, resource));
    if (!covered) lack(1, `the resource ${resource} (it has ${resources.join(", ")})`);
  }
  return lacks;
}

function callerOf(text: string, name: string | undefined): Caller {
  if (text.startsWith("arn:")) return { iam: text, ...(name !== undefined && { name }) };
  return text.startsWith("alias:") ? { alias: text.slice("alias:".length) } : { unidentified: text };
}
