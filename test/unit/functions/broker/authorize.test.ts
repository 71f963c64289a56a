import { describe, expect, it } from "vitest";
import { authorize } from "../../../../functions/broker/authorize.ts";
import type { Caller } from "../../../../schemas/policy/caller.ts";
import type { ScopedStatement, Statement } from "../../../../schemas/policy/parse.ts";
import type { TokenRequest } from "../../../../schemas/protocol/token-request.ts";

const FOLDER = "https://api.box.com/2.0/folders/987";
const OTHER_FOLDER = "https://api.box.com/2.0/folders/654";
const ROLE = "arn:aws:iam::123456789012:role/reports";

const restricted: ScopedStatement = {
  id: "restricted",
  caller: { iam: ROLE },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download", "base_preview"],
};
const { id: _id, scopes: _scopes, resources: _resources, unrestricted: _, ...bare } = restricted;
const unrestricted: Statement = { ...bare, id: "unrestricted", unrestricted: true };
const onFolder: Statement = { ...restricted, id: "on-folder", resources: [FOLDER] };

interface Question {
  readonly caller?: Caller;
  readonly app?: string;
  readonly subject?: TokenRequest["subject"];
  readonly scopes?: readonly string[];
  readonly resource?: string;
}

function decide(statements: readonly Statement[], question: Question = {}) {
  const {
    caller = { iam: ROLE },
    app = "reports",
    subject = { type: "enterprise" },
    ...narrowing
  } = question;
  return authorize({ version: 1, statements }, caller, app, { subject, minTtl: 300, ...narrowing });
}

const granted = (statement: string, restriction?: object) => ({
  ok: true,
  value: restriction === undefined ? { statement } : { statement, restriction },
});
const denied = { ok: false, error: { code: "unauthorized_client", reason: "no statement matches" } };
const mustName = (parameter: string) => ({
  ok: false,
  error: {
    code: "invalid_request",
    reason: expect.any(String),
    description: expect.stringMatching(new RegExp(`^${parameter} is required here, .*add ${parameter}\\.$`)),
  },
});

describe("without scope", () => {
  it("grants what the one matching statement allows, sorted", () => {
    const scopes = ["base_preview", "item_download"];
    expect(decide([restricted])).toEqual(granted("restricted", { scopes }));
  });

  it("grants the app's full token if the one matching statement is unrestricted", () => {
    expect(decide([unrestricted])).toEqual(granted("unrestricted"));
  });

  it("requires scope if two statements match, even two with the same permissions", () => {
    expect(decide([restricted, { ...restricted, id: "twin" }])).toEqual(mustName("scope"));
    expect(decide([restricted, unrestricted])).toEqual(mustName("scope"));
  });

  it("requires scope if the request names a resource and the statement is unrestricted", () => {
    expect(decide([unrestricted], { resource: FOLDER })).toEqual(mustName("scope"));
  });

  it("gives a resource without scope as the reason, where the policy has no scopes to choose from", () => {
    expect(decide([unrestricted], { resource: FOLDER })).toMatchObject({
      error: {
        description:
          "scope is required here, because a resource is bound to scopes, and the policy names none: add scope.",
      },
    });
  });

  it("binds the statement's scopes to the requested resource if the statement lists none", () => {
    const restriction = { scopes: ["base_preview", "item_download"], resource: FOLDER };
    expect(decide([restricted], { resource: FOLDER })).toEqual(granted("restricted", restriction));
  });

  it("takes the only statement that covers the resource", () => {
    const elsewhere = { ...onFolder, id: "elsewhere", resources: [OTHER_FOLDER] };
    const restriction = { scopes: ["base_preview", "item_download"], resource: OTHER_FOLDER };
    expect(decide([onFolder, elsewhere], { resource: OTHER_FOLDER })).toEqual(
      granted("elsewhere", restriction),
    );
  });
});

describe("with scope", () => {
  it("grants exactly the requested scopes, not all that the statement has", () => {
    const scopes = ["item_download"];
    expect(decide([restricted], { scopes })).toEqual(granted("restricted", { scopes }));
  });

  it("denies the whole request if one scope is not in the statement", () => {
    expect(decide([restricted], { scopes: ["item_download", "item_upload"] })).toEqual(denied);
  });

  it("does not combine two statements", () => {
    const upload: Statement = { ...restricted, id: "upload", scopes: ["item_upload"] };
    expect(decide([restricted, upload], { scopes: ["item_download", "item_upload"] })).toEqual(denied);
  });

  it("narrows an unrestricted statement to the requested scopes", () => {
    const scopes = ["item_upload"];
    expect(decide([unrestricted], { scopes })).toEqual(granted("unrestricted", { scopes }));
    expect(decide([unrestricted], { scopes, resource: FOLDER })).toEqual(
      granted("unrestricted", { scopes, resource: FOLDER }),
    );
  });

  it("grants by the first of several statements that list no resources", () => {
    const scopes = ["item_download"];
    expect(decide([restricted, unrestricted], { scopes })).toEqual(granted("restricted", { scopes }));
  });
});

describe("without resource", () => {
  const scopes = ["item_download"];

  it("grants the only resource of the only matching statement", () => {
    expect(decide([onFolder], { scopes })).toEqual(granted("on-folder", { scopes, resource: FOLDER }));
    expect(decide([onFolder])).toEqual(
      granted("on-folder", { scopes: ["base_preview", "item_download"], resource: FOLDER }),
    );
  });

  it("requires a resource if the statement lists two", () => {
    const onTwo = { ...onFolder, resources: [FOLDER, OTHER_FOLDER] };
    expect(decide([onTwo], { scopes })).toEqual(mustName("resource"));
    expect(decide([onTwo])).toEqual(mustName("resource"));
  });

  it.each(["https://api.box.com/2.0/folders/*", "https://api.box.com/2.0/folders/98*"])(
    "never grants the wildcard %s as the resource",
    (pattern) => {
      const onAny = { ...onFolder, resources: [pattern] };
      expect(decide([onAny], { scopes })).toEqual(mustName("resource"));
      expect(decide([onAny])).toEqual(mustName("resource"));
      expect(decide([onAny], { scopes, resource: FOLDER })).toEqual(
        granted("on-folder", { scopes, resource: FOLDER }),
      );
    },
  );

  it("requires a resource if several statements match and one lists resources, in either order", () => {
    expect(decide([restricted, onFolder], { scopes })).toEqual(mustName("resource"));
    expect(decide([onFolder, restricted], { scopes })).toEqual(mustName("resource"));
    expect(decide([onFolder, unrestricted], { scopes })).toEqual(mustName("resource"));
  });

  it("denies a resource that the statement does not list", () => {
    expect(decide([onFolder], { scopes, resource: OTHER_FOLDER })).toEqual(denied);
    expect(decide([onFolder], { scopes, resource: `${FOLDER}1` })).toEqual(denied);
  });
});

describe("the caller", () => {
  it("is denied without a statement, and under an empty policy", () => {
    expect(decide([])).toEqual(denied);
    expect(decide([restricted], { caller: { iam: "arn:aws:iam::123456789012:role/other" } })).toEqual(denied);
  });

  it("is denied if nothing identifies it, even if the pattern is *", () => {
    const anyAlias = { ...unrestricted, caller: { alias: "*" } };
    const anyRole = { ...unrestricted, caller: { iam: "arn:aws:iam::123456789012:role/*" } };
    expect(decide([anyAlias, anyRole], { caller: { unidentified: "no identity" } })).toEqual(denied);
  });

  it.each([
    ["another account", "arn:aws:iam::210987654321:role/reports"],
    ["another partition", "arn:aws-us-gov:iam::123456789012:role/reports"],
    ["China's partition", "arn:aws-cn:iam::123456789012:role/reports"],
    ["a user of the same name", "arn:aws:iam::123456789012:user/reports"],
    ["another case", "arn:aws:iam::123456789012:role/Reports"],
    ["a longer name", "arn:aws:iam::123456789012:role/reports2"],
    ["a shorter name", "arn:aws:iam::123456789012:role/report"],
    ["a name with a line break", "arn:aws:iam::123456789012:role/reports\n"],
  ])("is denied with %s", (_case, iam) => {
    expect(decide([unrestricted], { caller: { iam } })).toEqual(denied);
  });

  it("is recognised under any path of its role, in the policy or in the caller's ARN", () => {
    const withPath = { ...unrestricted, caller: { iam: "arn:aws:iam::123456789012:role/team/x/reports" } };
    expect(decide([withPath])).toEqual(granted("unrestricted"));
    const iam = "arn:aws:iam::123456789012:role/service-role/reports";
    expect(decide([unrestricted], { caller: { iam } })).toEqual(granted("unrestricted"));
    expect(decide([withPath], { caller: { iam: "arn:aws:iam::123456789012:role/team/x" } })).toEqual(denied);
  });

  it("may be an IAM user, whose path counts", () => {
    const user = { ...unrestricted, caller: { iam: "arn:aws:iam::123456789012:user/ann" } };
    expect(decide([user], { caller: { iam: "arn:aws:iam::123456789012:user/ann" } }).ok).toBe(true);
    expect(decide([user], { caller: { iam: "arn:aws:iam::123456789012:user/team/ann" } }).ok).toBe(false);
    expect(decide([user], { caller: { iam: "arn:aws:iam::123456789012:role/ann" } }).ok).toBe(false);
  });

  it("fits a wildcard in the name, but no further than the name", () => {
    const family = { ...unrestricted, caller: { iam: "arn:aws:iam::123456789012:role/app-*" } };
    expect(decide([family], { caller: { iam: "arn:aws:iam::123456789012:role/app-7" } }).ok).toBe(true);
    expect(decide([family], { caller: { iam: "arn:aws:iam::123456789012:role/my-app-7" } }).ok).toBe(false);
    expect(decide([family], { caller: { iam: "arn:aws:iam::999999999999:role/app-7" } }).ok).toBe(false);
  });

  it("is an alias if the statement names an alias, and never an ARN with the same text", () => {
    const nightly = { ...unrestricted, caller: { alias: "nightly-*" } };
    expect(decide([nightly], { caller: { alias: "nightly-sync" } })).toEqual(granted("unrestricted"));
    expect(decide([nightly], { caller: { alias: "Nightly-sync" } })).toEqual(denied);
    expect(decide([nightly], { caller: { iam: "nightly-sync" } })).toEqual(denied);
    expect(decide([unrestricted], { caller: { alias: ROLE } })).toEqual(denied);
  });
});

describe("app and subject", () => {
  const user = (id: string) => ({ type: "user", id }) as const;

  it("denies another app, and compares names exactly", () => {
    expect(decide([unrestricted], { app: "payroll" })).toEqual(denied);
    expect(decide([unrestricted], { app: "Reports" })).toEqual(denied);
    expect(decide([{ ...unrestricted, app: "rep*" }], { app: "reports" }).ok).toBe(true);
    expect(decide([{ ...unrestricted, app: "*" }], { app: "payroll" }).ok).toBe(true);
  });

  it("denies users if only the enterprise is allowed, and the enterprise if only users are allowed", () => {
    expect(decide([unrestricted], { subject: user("1") })).toEqual(denied);
    expect(decide([{ ...unrestricted, subjects: ["user:*"] }])).toEqual(denied);
  });

  it("allows the users that are named or fit the wildcard, and no others", () => {
    const some = { ...unrestricted, subjects: ["user:12345", "user:77*"] };
    expect(decide([some], { subject: user("12345") }).ok).toBe(true);
    expect(decide([some], { subject: user("7712") }).ok).toBe(true);
    expect(decide([some], { subject: user("123456") })).toEqual(denied);
    expect(decide([some], { subject: user("1234") })).toEqual(denied);
    expect(decide([some], { subject: user("177") })).toEqual(denied);
  });

  it("leaves an enterprise id to be compared with the app's own", () => {
    expect(decide([unrestricted], { subject: { type: "enterprise", id: "42" } })).toEqual(
      granted("unrestricted"),
    );
  });
});

describe("a statement that names its caller", () => {
  const named: Statement = { ...unrestricted, caller: { name: "reports" } };

  it("grants to the role that is mapped to the name, and to the alias of that name", () => {
    expect(decide([named], { caller: { iam: ROLE, name: "reports" } })).toEqual(granted("unrestricted"));
    expect(decide([named], { caller: { alias: "reports" } })).toEqual(granted("unrestricted"));
  });

  it("grants nothing to a role without a name, and reports to the operator that it has none", () => {
    const reason =
      "no statement matches; the policy names callers, and the deployment gives this one no name";
    expect(decide([named])).toEqual({ ok: false, error: { code: "unauthorized_client", reason } });
  });

  it("grants nothing to a role of another name", () => {
    expect(decide([named], { caller: { iam: ROLE, name: "payroll" } })).toEqual(denied);
  });
});
