import fc from "fast-check";
import { expect, test } from "vitest";
import { comparePolicies } from "../../../cli/policy/diff/compare.ts";
import { authorize } from "../../../functions/broker/authorize.ts";
import { authorizeRevocation } from "../../../functions/broker/authorize-revocation.ts";
import type { Caller } from "../../../schemas/policy/caller.ts";
import { matchesCaller } from "../../../schemas/policy/caller-pattern.ts";
import type { CallerPattern, Policy, Statement } from "../../../schemas/policy/parse.ts";
import type { Scope } from "../../../schemas/protocol/scopes.ts";
import type { TokenRequest } from "../../../schemas/protocol/token-request.ts";
import { areAllSampled, samples } from "../../support/samples.ts";

/** Few values, so that statements overlap, and requests that distinguish every class of them. */
const ROLE = "arn:aws:iam::123456789012:role/";
const FOLDERS = "https://api.box.com/2.0/folders/";
const FILE = "https://api.box.com/2.0/files/7";
const SCOPES = ["item_download", "item_upload", "base_preview"] as const satisfies readonly Scope[];

const callerPattern: fc.Arbitrary<CallerPattern> = fc.oneof(
  fc.constantFrom("a", "ab", "a*", "*b", "*").map((alias) => ({ alias })),
  fc.constantFrom("a", "path/a", "a*", "*b").map((name) => ({ iam: `${ROLE}${name}` })),
  fc.constantFrom("a", "n").map((name) => ({ name })),
);
const rights = fc.oneof(
  fc.record({ unrestricted: fc.constant(true as const) }),
  fc.record(
    {
      scopes: fc.subarray<Scope>([...SCOPES], { minLength: 1 }),
      resources: fc.subarray([`${FOLDERS}1`, `${FOLDERS}12`, `${FOLDERS}1*`, FILE], { minLength: 1 }),
    },
    { requiredKeys: ["scopes"] },
  ),
);
const flag = fc.option(fc.constant(true as const), { freq: 4, nil: undefined });
const statement = fc
  .tuple(
    callerPattern,
    fc.constantFrom("x", "*"),
    fc.subarray(["enterprise", "user:4", "user:4*"], { minLength: 1 }),
    rights,
    flag,
    flag,
  )
  .map(([caller, app, subjects, right, isolate, revoke]) => ({
    caller,
    app,
    subjects,
    ...right,
    ...(isolate && { isolate }),
    ...(revoke && { revoke }),
  }));
const policyOf = (statements: readonly object[]): Policy => ({
  version: 1,
  statements: statements.map((one, index) => ({ id: `s${index}`, ...one }) as Statement),
});
/** Indices of the variations below: the first one leaves most decisions equal, the others few. */
const KINDS = [0, 0, 0, 0, 1, 2, 3, 4] as const;
/** A policy and a variation of it, so that equal and different decisions are about as frequent. */
const policies = fc
  .tuple(
    fc.array(statement, { minLength: 1, maxLength: 4 }),
    fc.array(statement, { maxLength: 2 }),
    fc.nat(),
    fc.constantFrom(...KINDS),
  )
  .map(([first, other, at, kind]) => {
    const index = at % first.length;
    const varied = [
      [...first].reverse(),
      first.filter((_, position) => position !== index),
      [...first, ...other],
      [...first, ...first.slice(index, index + 1)],
      other,
    ][kind];
    return [policyOf(first), policyOf(varied ?? [])] as const;
  });

const CALLERS: readonly Caller[] = [
  ...["a", "ab", "ac", "b", "n", "c"].map((alias) => ({ alias })),
  ...["a", "ab", "ac", "b", "c"].flatMap((name) => [
    { iam: `${ROLE}${name}` },
    { iam: `${ROLE}${name}`, name: "a" },
    { iam: `${ROLE}${name}`, name: "n" },
  ]),
];
const SUBJECTS: readonly TokenRequest["subject"][] = [
  { type: "enterprise" },
  ...["4", "42", "5"].map((id) => ({ type: "user" as const, id })),
];
const SCOPE_SETS = [
  undefined,
  ...Array.from({ length: 7 }, (_, bits) => SCOPES.filter((_, index) => ((bits + 1) >> index) & 1)),
  ["manage_groups"],
];
const RESOURCES = [undefined, ...["1", "12", "13", "2"].map((id) => `${FOLDERS}${id}`), FILE, `${FILE}1`];

/** What the policy gives for a request, and whether the caller may end a token of it. */
function decision(
  policy: Policy,
  caller: Caller,
  app: string,
  request: Omit<TokenRequest, "minTtl">,
): string {
  const { subject, scopes, resource } = request;
  const granted = authorize(policy, caller, app, { ...request, minTtl: 0 });
  const restriction = { ...(scopes && { scopes }), ...(resource && { resource }) };
  const token = {
    cacheKey: "",
    app,
    subject: { id: "", ...subject },
    ...(scopes && { restriction: { ...restriction, scopes } }),
  };
  const ends = authorizeRevocation(policy, caller, "", token)?.endsAtBox === true;
  return JSON.stringify([granted.ok ? { ...granted.value, statement: "" } : null, ends]);
}

/** Whether both policies decide alike about every sampled request. */
const agree = (before: Policy, after: Policy): boolean =>
  CALLERS.every((caller) => {
    const known = [before, after].map(({ statements }) => ({
      version: 1 as const,
      statements: statements.filter((one) => matchesCaller(one.caller, caller)),
    }));
    const [one = before, other = after] = known;
    if (one.statements.length + other.statements.length === 0) return true;
    return ["x", "y"].every((app) =>
      SUBJECTS.every((subject) =>
        SCOPE_SETS.every((scopes) =>
          RESOURCES.every((resource) => {
            const request = { subject, ...(scopes && { scopes }), ...(resource && { resource }) };
            return decision(one, caller, app, request) === decision(other, caller, app, request);
          }),
        ),
      ),
    );
  });

test("policy diff is empty exactly where authorize agrees on all sampled requests", () => {
  const seen = { same: 0, different: 0 };
  fc.assert(
    fc.property(policies, ([before, after]) => {
      const same = agree(before, after);
      seen[same ? "same" : "different"]++;
      expect(comparePolicies(before, after).length === 0).toBe(same);
    }),
    { numRuns: samples(60, 0.3) },
  );
  expect(Math.min(seen.same, seen.different)).toBeGreaterThan(areAllSampled ? 10 : 0);
});
