import type { Issue } from "../json/issue.ts";
import { includesScope, type Scope } from "../protocol/scopes.ts";
import type { PolicyDocument, Statement } from "./parse.ts";

interface ScopeRow {
  readonly scopes: readonly Scope[];
  /** Which statements with one of the scopes are warned of. */
  readonly applies: (statement: Statement) => boolean;
  readonly message: string;
  readonly fix: string;
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
    message: "Box's guide does not list this scope for downscoping, so that Box may refuse a token of it.",
    fix: "Request one such token from Box, or use a scope that the guide lists.",
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
    message: "Box binds this scope to no file or folder, so that the resources do not restrict it.",
    fix: "Give it in a statement of its own, without resources.",
  },
  {
    scopes: ["base_upload", "item_share"],
    applies: ({ resources }) => resources === undefined,
    message: "This scope is of use only in a token that is bound to a file or folder.",
    fix: "List resources, or have callers name a resource in each request.",
  },
];

const EVERY_IDENTITY = /:(?:role|user)\/\*$/;

/** What is valid in a policy and probably not meant, in the order of the document. */
export function policyWarnings({ policy, locate }: PolicyDocument): readonly Issue[] {
  return policy.statements.flatMap((statement, index) => {
    const warning = (below: string, { message, fix }: Pick<Issue, "message" | "fix">): Issue => {
      const pointer = `/statements/${index}/${below}`;
      return { pointer, message, fix, ...locate(pointer) };
    };
    const callers =
      "iam" in statement.caller && EVERY_IDENTITY.test(statement.caller.iam)
        ? [
            warning("caller/iam", {
              message: "This pattern means every role or user of the account.",
              fix: "Name those that are meant, or begin the pattern with what their names have in common.",
            }),
          ]
        : [];
    const scopes = (statement.scopes ?? []).flatMap((scope, at) =>
      ROWS.filter((row) => includesScope(row.scopes, scope) && row.applies(statement)).map((row) =>
        warning(`scopes/${at}`, row),
      ),
    );
    return [...callers, ...scopes];
  });
}
