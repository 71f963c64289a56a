import validate from "../generated/policy.js";
import { explain, type Hint } from "../json/explain.ts";
import { type Issue, inOrder } from "../json/issue.ts";
import { type JsonDocument, MAX_ISSUES, parseJson } from "../json/parse.ts";
import { START } from "../json/position.ts";
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
/** A statement that narrows tokens to `scopes`, and binds them to `resources` if it lists any. */
export type ScopedStatement = StatementMatch & ScopedRights;
/** A statement that allows the full token of the app. */
export type UnrestrictedStatement = StatementMatch & UnrestrictedRights;

/** What a statement allows to those whom it matches. */
export type StatementRights = ScopedRights | UnrestrictedRights;

interface StatementMatch {
  readonly id: string;
  readonly caller: CallerPattern;
  readonly app: string;
  readonly subjects: readonly string[];
  /** The caller's tokens are its own: no other caller is given them from the cache. */
  readonly isolate?: true;
  /** The caller may end tokens at Box that this statement allows, also those that other callers have. */
  readonly revoke?: true;
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

const BOM: Issue = { code: "json_byte_order_mark", pointer: "", position: START };

const HINTS: readonly Hint[] = [
  {
    property: "name",
    looksLike: /^arn:/,
    code: "policy_caller_name_is_arn",
  },
  {
    property: "name",
    looksLike: /\*/,
    code: "policy_caller_name_pattern",
  },
  {
    property: "iam",
    looksLike: /^arn:aws[a-z-]*:sts::[0-9]{12}:assumed-role\/[^/]+\/.+$/,
    code: "policy_session_arn",
  },
  {
    property: "iam",
    looksLike: /^(?:arn:aws[a-z-]*:iam::)?[0-9]{12}(?::root)?$/,
    code: "policy_account_as_caller",
  },
  {
    property: "iam",
    looksLike: /^arn:aws[a-z-]*:iam::[0-9]{12}:role\/(?=[^*]*\*)[^/]*\//,
    code: "policy_role_path_and_pattern",
  },
  {
    property: "iam",
    looksLike: /^arn:aws[a-z-]*:lambda:/,
    code: "policy_function_arn",
  },
  {
    property: "alias",
    looksLike: /^(?:[0-9]+|\$LATEST)$/,
    code: "policy_alias_is_version",
  },
  {
    property: "subjects",
    looksLike: /^[0-9*]+$/,
    code: "policy_subject_without_kind",
  },
  {
    property: "subjects",
    looksLike: /^enterprise:/,
    code: "policy_enterprise_with_id",
  },
  {
    property: "resources",
    looksLike: /^https:\/\/(?:[a-z0-9-]+\.)*box\.com\/(?:file|folder)\/[0-9]+/,
    code: "policy_resource_is_web_page",
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

/** As `parsePolicy`, for checks that report further places in the text (`warnings.ts`). */
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
      return [{ code: "policy_statement_id_repeated" as const, pointer, position: locate(pointer) }];
    })
    .slice(0, MAX_ISSUES);
}
