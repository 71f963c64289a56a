import fc from "fast-check";
import type { Caller } from "../../../../schemas/policy/caller.ts";
import type { CallerPattern, Policy, Statement, StatementRights } from "../../../../schemas/policy/parse.ts";
import { includesScope } from "../../../../schemas/protocol/scopes.ts";
import type { TokenRequest } from "../../../../schemas/protocol/token-request.ts";

/**
 * Random policies and requests. Both are drawn from small sets of values, so that they match often. The oracle below is
 * written from `architecture.md`, not from the code, and supports only the wildcards that occur in these sets.
 */
const ACCOUNTS = ["111111111111", "222222222222"];
const NAMES = ["reports", "payroll"];
const SCOPES = ["base_preview", "item_download", "item_upload"] as const;
const USERS = ["1", "12", "2"];
const RESOURCES = [1, 2].flatMap((id) => [
  `https://api.box.com/2.0/folders/${id}`,
  `https://api.box.com/2.0/files/${id}`,
]);

const pick = <Value>(...values: readonly Value[]) => fc.constantFrom(...values);
const role = (account: string, name: string) => ({ iam: `arn:aws:iam::${account}:role/${name}` });

export const callers: fc.Arbitrary<Exclude<Caller, { unidentified: string }>> = fc.oneof(
  fc.tuple(pick(...ACCOUNTS), pick(...NAMES)).map(([account, name]) => role(account, name)),
  fc
    .tuple(pick(...ACCOUNTS), pick(...NAMES), pick(...NAMES))
    .map(([account, roleName, name]) => ({ ...role(account, roleName), name })),
  pick(...NAMES).map((alias) => ({ alias })),
);
const callerPatterns: fc.Arbitrary<CallerPattern> = fc.oneof(
  fc.tuple(pick(...ACCOUNTS), pick(...NAMES, "*")).map(([account, name]) => role(account, name)),
  pick(...NAMES, "*").map((alias) => ({ alias })),
  pick(...NAMES).map((name) => ({ name })),
);

const bases = fc.record({
  /** The place in the policy decides. */
  id: fc.constant(""),
  caller: callerPatterns,
  app: pick(...NAMES, "*"),
  subjects: fc.uniqueArray(pick("enterprise", "user:*", ...USERS.map((id) => `user:${id}`)), {
    minLength: 1,
  }),
});
/** `isolate` and `revoke`, of which a statement may have any. */
const rightsOverTokens = fc.record(
  { isolate: fc.constant(true as const), revoke: fc.constant(true as const) },
  { requiredKeys: [] },
);
const narrowings: fc.Arbitrary<StatementRights> = fc.oneof(
  fc.constant({ unrestricted: true as const }),
  fc.record(
    {
      scopes: fc.uniqueArray(pick(...SCOPES), { minLength: 1 }),
      resources: fc.uniqueArray(pick(...RESOURCES, "https://api.box.com/2.0/folders/*"), { minLength: 1 }),
    },
    { requiredKeys: ["scopes"] },
  ),
);
export const statements: fc.Arbitrary<Statement> = fc
  .tuple(bases, narrowings, rightsOverTokens)
  .map((parts) => Object.assign({}, ...parts));
export const policies: fc.Arbitrary<Policy> = fc
  .array(statements, { maxLength: 6 })
  .map((all) => ({ version: 1, statements: all.map((one, index) => ({ ...one, id: `s${index}` })) }));

const subjects: fc.Arbitrary<TokenRequest["subject"]> = fc.oneof(
  fc.constant({ type: "enterprise" as const }),
  pick(...USERS).map((id) => ({ type: "user" as const, id })),
);
const scopeLists = fc.uniqueArray(pick(...SCOPES), { minLength: 1 }).map((scopes) => scopes.sort());
export const requests: fc.Arbitrary<TokenRequest> = fc.record(
  { subject: subjects, minTtl: fc.constant(300), scopes: scopeLists, resource: pick(...RESOURCES) },
  { requiredKeys: ["subject", "minTtl"] },
);
export const named: fc.Arbitrary<TokenRequest> = fc.record({
  subject: subjects,
  minTtl: fc.constant(300),
  scopes: scopeLists,
  resource: pick(...RESOURCES),
});
export const apps = pick(...NAMES);

function fits(pattern: string, value: string): boolean {
  return pattern.endsWith("*") ? value.startsWith(pattern.slice(0, -1)) : pattern === value;
}

/** Whether one statement covers every parameter of the request, and everything that is granted. */
export function covers(
  statement: Statement,
  caller: Caller,
  app: string,
  subject: TokenRequest["subject"],
  { scopes, resource }: { readonly scopes?: readonly string[]; readonly resource?: string },
): boolean {
  const pattern = statement.caller;
  const callerFits =
    "name" in pattern
      ? pattern.name === ("alias" in caller ? caller.alias : "name" in caller && caller.name)
      : "iam" in pattern
        ? "iam" in caller && fits(pattern.iam, caller.iam)
        : "alias" in caller && fits(pattern.alias, caller.alias);
  const who = subject.type === "enterprise" ? "enterprise" : `user:${subject.id}`;
  return (
    callerFits &&
    fits(statement.app, app) &&
    statement.subjects.some((one) => fits(one, who)) &&
    (statement.unrestricted || (scopes ?? []).every((scope) => includesScope(statement.scopes, scope))) &&
    (resource === undefined || (statement.resources ?? [resource]).some((one) => fits(one, resource)))
  );
}
