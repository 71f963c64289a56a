import type { Issue } from "../json/issue.ts";
import { includesScope, type Scope } from "../protocol/scopes.ts";
import type { POLICY_ISSUES } from "./issues.ts";
import type { PolicyDocument, Statement } from "./parse.ts";

type WarningCode = keyof typeof POLICY_ISSUES;

interface ScopeRow {
  readonly scopes: readonly Scope[];
  /** Which statements with one of the scopes are warned of. */
  readonly applies: (statement: Statement) => boolean;
  readonly code: WarningCode;
}

/** Scopes according to Box's guide: https://developer.box.com/guides/api-calls/permissions-and-errors/scopes/ */
const ROWS: readonly ScopeRow[] = [
  {
    scopes: [
      "ai.readwrite",
      "enterprise_content",
      "gcm",
      "item_read",
      "manage_legal_hold",
      "manage_legal_holds",
      "manage_skill_invocations",
      "manage_triggers",
    ],
    applies: () => true,
    code: "policy_scope_not_listed",
  },
  {
    scopes: [
      "manage_app_users",
      "manage_data_retention",
      "manage_enterprise_properties",
      "manage_groups",
      "manage_legal_hold",
      "manage_legal_holds",
      "manage_managed_users",
      "manage_skill_invocations",
      "manage_triggers",
      "manage_webhook",
    ],
    applies: ({ resources }) => resources !== undefined,
    code: "policy_scope_not_bound",
  },
  {
    scopes: ["base_upload", "item_share"],
    applies: ({ resources }) => resources === undefined,
    code: "policy_scope_needs_resource",
  },
];

const EVERY_IDENTITY = /:(?:role|user)\/\*$/;

/** What is valid in a policy and probably not meant, in the order of the document. */
export function policyWarnings({ policy, locate }: PolicyDocument): readonly Issue[] {
  return policy.statements.flatMap((statement, index) => {
    const warning = (below: string, code: WarningCode): Issue => {
      const pointer = `/statements/${index}/${below}`;
      return { code, pointer, position: locate(pointer) };
    };
    const callers =
      "iam" in statement.caller && EVERY_IDENTITY.test(statement.caller.iam)
        ? [warning("caller/iam", "policy_every_identity")]
        : [];
    const scopes = (statement.scopes ?? []).flatMap((scope, at) =>
      ROWS.filter((row) => includesScope(row.scopes, scope) && row.applies(statement)).map(({ code }) =>
        warning(`scopes/${at}`, code),
      ),
    );
    return [...callers, ...scopes];
  });
}
