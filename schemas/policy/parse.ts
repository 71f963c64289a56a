import validate from "../generated/policy.js";
import { explain, type Hint, inOrder } from "../json/explain.ts";
import type { Issue } from "../json/issue.ts";
import { type JsonDocument, MAX_ISSUES, parseJson } from "../json/parse.ts";
import schema from "../policy.schema.json" with { type: "json" };
import type { Scope } from "../protocol/scopes.ts";
import { ok, type Result, refused } from "../result.ts";

/** Who may have which tokens; what no statement allows is denied. `policy.schema.json` describes it. */
export interface Policy {
  readonly version: 1;
  readonly statements: readonly Statement[];
}

/** `name` is mapped to principals by the deployment, or is the name of an alias. */
export type CallerPattern = { readonly name: string } | { readonly iam: string } | { readonly alias: string };

/** Allows one kind of caller to have tokens of one app for some subjects. Patterns: `pattern.ts`. */
export type Statement = ScopedStatement | UnrestrictedStatement;
export type ScopedStatement = StatementMatch & ScopedRights;
export type UnrestrictedStatement = StatementMatch & UnrestrictedRights;

/** What a statement allows to those whom it matches. */
export type StatementRights = ScopedRights | UnrestrictedRights;

interface StatementMatch {
  readonly id: string;
  readonly caller: CallerPattern;
  readonly app: string;
  readonly subjects: readonly string[];
}

/** Tokens are downscoped to `scopes`, or to those of them that the request names. */
interface ScopedRights {
  /** At least one, each once. */
  readonly scopes: readonly Scope[];
  /** At least one; absent where the scopes are bound to no file or folder. */
  readonly resources?: readonly string[];
  readonly unrestricted?: never;
}

/** The caller may have the app's full token, or one that is downscoped to any scopes. */
interface UnrestrictedRights {
  readonly unrestricted: true;
  readonly scopes?: never;
  readonly resources?: never;
}

const MAX_POLICY_LENGTH = 1_048_576;

const BOM: Issue = {
  pointer: "",
  message: "The document begins with a byte order mark.",
  fix: "Save it as UTF-8 without BOM.",
  line: 1,
  column: 1,
};

const HINTS: readonly Hint[] = [
  {
    member: "name",
    looksLike: /^arn:/,
    message: "This is an ARN; expected: the name that the deployment gives the caller.",
    fix: "Write the ARN as iam, or the caller's name of deploy.json or grantInvokeUrl as name.",
  },
  {
    member: "name",
    looksLike: /\*/,
    message: "A caller's name is compared exactly; expected: one name, without *.",
    fix: "Write a statement for each name, or give these callers one name in the deployment.",
  },
  {
    member: "iam",
    looksLike: /^arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role\/[^/]+\/.+$/,
    message: "This is the ARN of an assumed-role session, which the caller names; expected: ARN of the role.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE with the account and the role name of this ARN, without the session name.",
  },
  {
    member: "iam",
    looksLike: /^(?:arn:aws[a-z-]*:iam::)?[0-9]{12}(?::root)?$/,
    message: "A whole account is no caller; expected: ARN of one IAM role or user.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE.",
  },
  {
    member: "iam",
    looksLike: /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/(?=[^*]*\*)[^/]*\//,
    message: "A role's ARN has a path or a *, not both, because a session does not report its role's path.",
    fix: "Name each role with its path, or leave the path out of the pattern.",
  },
  {
    member: "iam",
    looksLike: /^arn:aws[a-z-]*:lambda:/,
    message: "This is the ARN of a function; expected: ARN of the IAM role that it runs as.",
    fix: "Write arn:aws:iam::ACCOUNT:role/ROLE with the function's execution role.",
  },
  {
    member: "alias",
    looksLike: /^(?:[0-9]+|\$LATEST)$/,
    message: "A version is no caller; expected: name of a Lambda alias, which is not digits alone.",
    fix: "Make an alias for the caller and write its name.",
  },
  {
    member: "subjects",
    looksLike: /^[0-9*]+$/,
    message: "A subject is a kind and an id; expected: enterprise, or user: and the digits of a Box user id.",
    fix: "Write user: before the digits, or enterprise for the app's Service Account.",
  },
  {
    member: "subjects",
    looksLike: /^enterprise:/,
    message: "The enterprise is the app's own and has no id here; expected: enterprise.",
    fix: 'Write "enterprise".',
  },
  {
    member: "resources",
    looksLike: /^https:\/\/(?:[a-z0-9-]+\.)*box\.com\/(?:file|folder)\/[0-9]+/,
    message: "This is the address of a web page; expected: URL of the file or folder in Box's API.",
    fix: "Write https://api.box.com/2.0/files/ or https://api.box.com/2.0/folders/ and the digits of its id.",
  },
];

/** A valid policy, and where its properties are in the text. */
export interface PolicyDocument {
  readonly policy: Policy;
  readonly locate: JsonDocument["locate"];
}

/**
 * The policy in `text`, or everything that is wrong with it, each with JSON pointer, line and column.
 * Nothing is repaired and nothing is ignored: an unknown property, a scope that Box does not have or a
 * duplicate is an error, because a misread policy grants too much.
 */
export function parsePolicy(text: string): Result<Policy, readonly Issue[]> {
  const read = readPolicy(text);
  return read.ok ? ok(read.value.policy) : read;
}

/** As `parsePolicy`, for checks that report further places in the text (`policy-warnings.ts`). */
export function readPolicy(text: string): Result<PolicyDocument, readonly Issue[]> {
  const parsed = parseJson(text, { maxLength: MAX_POLICY_LENGTH });
  if (!parsed.ok) return parsed;
  const { value, bom, locate } = parsed.value;
  const violations = validate(value)
    ? []
    : explain(validate.errors ?? [], { schema, value, locate, hints: HINTS });
  const problems = inOrder([...violations, ...duplicateIds(value, locate)]);
  if (bom) return refused([BOM, ...problems]);
  if (problems.length > 0) return refused(problems);
  return ok({ policy: { version: 1, statements: (value as Policy).statements }, locate });
}

/** Inspects a value that may not be a policy, so that duplicates are reported together with all other issues. */
function duplicateIds(value: unknown, locate: JsonDocument["locate"]): readonly Issue[] {
  const statements = (value as Partial<Policy> | null)?.statements;
  if (!Array.isArray(statements)) return [];
  const ids = statements.map((statement: Partial<Statement> | null) => statement?.id);
  const first = new Map(ids.map((id, index) => [id, index] as const).reverse());
  return ids
    .flatMap((id, index) => {
      if (typeof id !== "string" || first.get(id) === index) return [];
      const pointer = `/statements/${index}/id`;
      const message = "An earlier statement has the same id.";
      return [{ pointer, message, fix: "Give each statement its own id.", ...locate(pointer) }];
    })
    .slice(0, MAX_ISSUES);
}
