import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { deploy, EXAMPLE_CONFIG, PUBLIC, VPC } from "./deployment.ts";
import { lineOf, type Permission, permissionsOf } from "./permissions.ts";

const all = permissionsOf(deploy());
const reviewedIn = (file: string) =>
  readFileSync(join(import.meta.dirname, file), "utf8")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));

const directly = ["lambda:InvokeAsync", "lambda:InvokeFunction"];
const invocations = (permissions: readonly Permission[]) =>
  permissions.filter(({ action }) => directly.includes(action));
const of = (action: string) => all.filter((permission) => permission.action === action);
const roles = ["<TokenUrlRole>", "<TokenInvokeRole>", "<HealthRole>"];

test("the example's template permits and denies what the reviewed list says, no more and no less", () => {
  expect(all.map(lineOf).toSorted()).toEqual(reviewedIn("reviewed-permissions.txt").toSorted());
});

describe("each statement is as narrow as AWS lets it be:", () => {
  test("no allowed action and no allowed resource has a star", () => {
    for (const { effect, action, resource } of all) {
      if (effect === "Allow") expect(`${action} ${resource}`).not.toContain("*");
    }
  });

  test("an Allow whose principal is a star names each role or user, and the account, in its conditions", () => {
    const byStar = all.filter(({ effect, principal }) => effect === "Allow" && principal === "*");
    expect(byStar.map(({ resource }) => resource).toSorted()).toEqual([
      "<ByAliasnightlysync>",
      "<TokenUrl>",
      "<TokenUrl>",
    ]);
    for (const { condition } of byStar) {
      expect(condition.split(" and ")).toEqual(
        expect.arrayContaining([
          expect.stringMatching(/^ArnEquals aws:PrincipalArn arn:aws:iam::123456789012:role\/[a-z]+$/),
          "StringEquals aws:PrincipalAccount 123456789012",
        ]),
      );
    }
  });

  test("a secret is read by exact ARN and by stage", () => {
    const reads = of("secretsmanager:GetSecretValue");
    expect(new Set(reads.map(({ principal }) => principal))).toEqual(new Set(roles));
    for (const { resource, condition } of reads) {
      expect(resource).toMatch(/^(?:arn:.+:secret:box\/reports-AbCdEf|<AppSecretboxarchive>)$/);
      expect(condition).toMatch(/^StringEquals secretsmanager:VersionStage AWSCURRENT(?:,AWSPREVIOUS)?$/);
    }
    expect(reads.filter(({ condition }) => !condition.includes("AWSPREVIOUS")).every(isHealth)).toBe(true);
  });

  test("a key decrypts one secret, through Secrets Manager alone", () => {
    const decrypts = of("kms:Decrypt");
    expect(decrypts.map(({ principal }) => principal).toSorted()).toEqual(roles.toSorted());
    for (const { condition, resource } of decrypts) {
      expect(resource).toMatch(/^arn:aws:kms:eu-central-1:123456789012:key\/[0-9a-f-]+$/);
      expect(condition).toContain("kms:ViaService secretsmanager.eu-central-1.");
      expect(condition).toMatch(
        /kms:EncryptionContext:SecretARN arn:aws:secretsmanager:.+:box\/reports-AbCdEf$/,
      );
    }
  });

  test("the keys in KMS of an app sign for the functions that request tokens, and for no others", () => {
    const arn = (letter: string) => `arn:aws:kms:eu-central-1:123456789012:key/${letter.repeat(8)}`;
    const [reports, archive] = EXAMPLE_CONFIG.apps;
    const apps = [
      { ...reports!, signingKeys: [arn("a"), arn("b")] },
      { ...archive!, signingKeys: [arn("b")] },
    ];
    const known = new Set(permissionsOf(deploy(PUBLIC)).map(lineOf));
    const added = permissionsOf(deploy({ ...PUBLIC, apps })).map(lineOf);
    expect(added.filter((line) => !known.has(line)).toSorted()).toEqual(
      roles
        .flatMap((role) => [
          `ALLOW | ${role} | kms:Sign | ${arn("a")} | always`,
          `ALLOW | ${role} | kms:Sign | ${arn("b")} | always`,
        ])
        .toSorted(),
    );
  });

  test("a function writes its own log", () => {
    for (const { principal, resource } of of("logs:PutLogEvents")) {
      expect(resource).toBe(principal.replace("Role", "Log"));
    }
  });

  test("token-url is invoked through its URL or not at all", () => {
    const onTokenUrl = invocations(all).filter(({ resource }) => resource.startsWith("<TokenUrl>"));
    expect(onTokenUrl.filter(({ effect }) => effect === "Deny")).toEqual(
      directly.map((action) => ({
        effect: "Deny",
        principal: "*",
        action,
        resource: "<TokenUrl>",
        condition: "BoolIfExists lambda:InvokedViaFunctionUrl false",
        attachedTo: "<TokenUrl>",
      })),
    );
    for (const { effect, condition } of onTokenUrl) {
      if (effect === "Allow") expect(condition).toContain("Bool lambda:InvokedViaFunctionUrl true and ");
    }
  });

  test("token-invoke is denied to every principal without an alias", () => {
    expect(invocations(all).filter(({ resource }) => resource.startsWith("<TokenInvoke>"))).toEqual(
      directly.map((action) => ({
        effect: "Deny",
        principal: "*",
        action,
        resource: "<TokenInvoke>",
        condition: "always",
        attachedTo: "<TokenInvoke>",
      })),
    );
  });

  test("a resource policy of Lambda names no resource but the one that it is attached to", () => {
    const attached = all.filter(({ attachedTo }) => attachedTo !== undefined);
    expect(attached.length).toBeGreaterThan(0);
    for (const { resource, attachedTo } of attached) expect(resource).toBe(attachedTo);
  });

  test("the functions can write to nothing but their log", () => {
    const rest = all.filter(
      ({ principal, action }) => roles.includes(principal) && !action.startsWith("logs:"),
    );
    expect(new Set(rest.map(({ action }) => action))).toEqual(
      new Set(["secretsmanager:GetSecretValue", "kms:Decrypt"]),
    );
  });
});

describe("each Allow of a direct invocation has its Deny to every other principal, in the policy of that resource:", () => {
  const role = (name: string) => `arn:aws:iam::123456789012:role/${name}`;
  const many = ["a", "team/b", "c", "d"].map((name, index) => ({
    principal: role(name),
    alias: `alias-${index}`,
  }));
  const statements = many.map(({ alias }) => ({
    ...{ id: alias, caller: { alias }, app: "reports", subjects: ["enterprise"], unrestricted: true },
  }));

  test.each([
    ["the example", all, 1],
    ["four callers", permissionsOf(deploy({ callers: many }, { version: 1, statements })), 4],
  ])("%s", (_, permissions, count) => {
    const allowed = invocations(permissions).filter(
      ({ effect, condition, resource }) =>
        effect === "Allow" && !condition.includes("InvokedViaFunctionUrl") && resource !== "<Health>",
    );
    expect(allowed).toHaveLength(count);
    for (const { condition, resource } of allowed) {
      const principal = /^ArnEquals aws:PrincipalArn (\S+) and/.exec(condition)?.[1];
      const denied = permissions.filter((one) => one.effect === "Deny" && one.resource === resource);
      expect(denied).toEqual(
        directly.map((action) => ({
          effect: "Deny",
          principal: "*",
          action,
          resource,
          condition: `ArnNotEquals aws:PrincipalArn ${principal}`,
          attachedTo: resource,
        })),
      );
    }
  });
});

test("with denyLatest, $LATEST of both token functions has a policy of its own with the same Deny", () => {
  const known = new Set(all.map(lineOf));
  const added = permissionsOf(deploy({ denyLatest: true })).filter((one) => !known.has(lineOf(one)));
  expect(added.map(lineOf).toSorted()).toEqual(
    directly
      .toSorted()
      .flatMap((action) => [
        `DENY | * | ${action} | <TokenInvoke>:$LATEST | always`,
        `DENY | * | ${action} | <TokenUrl>:$LATEST | BoolIfExists lambda:InvokedViaFunctionUrl false`,
      ]),
  );
  for (const { resource, attachedTo } of added) expect(attachedTo).toBe(resource);
});

test("in a VPC, Lambda may attach the functions and their code may not", () => {
  const known = new Set(all.map(lineOf));
  const added = permissionsOf(deploy({ vpc: VPC })).filter((permission) => !known.has(lineOf(permission)));
  expect(added.every(({ action, resource }) => action.startsWith("ec2:") && resource === "*")).toBe(true);
  const actions = (effect: string) =>
    new Set(added.filter((one) => one.effect === effect).map(({ principal, action }) => principal + action));
  expect(actions("Deny")).toEqual(actions("Allow"));
  for (const { effect, condition } of added) {
    expect(condition).toBe(effect === "Deny" ? "Null lambda:SourceFunctionArn false" : "always");
  }
});

describe("with a shared cache", () => {
  const key = "arn:aws:kms:eu-central-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
  const known = new Set(all.map(lineOf));
  const withOwnKey = permissionsOf(deploy({ sharedCache: true }));
  const withGivenKey = permissionsOf(deploy({ sharedCache: { encryptionKey: key } }));
  const isNew = (permission: Permission) => !known.has(lineOf(permission));
  const added = withOwnKey.filter(isNew);
  const ofRoles = added.filter(({ principal }) => roles.includes(principal));

  test("the template permits and denies what the second reviewed list says, in addition to the first", () => {
    const reviewed = reviewedIn("reviewed-permissions-shared-cache.txt");
    expect(added.map(lineOf).toSorted()).toEqual(reviewed.toSorted());
    // The alarm is one more that may publish to the topic, in the same statement.
    const gone = all.map(lineOf).filter((line) => !withOwnKey.map(lineOf).includes(line));
    expect(gone).toEqual([expect.stringMatching(/^ALLOW \| cloudwatch\.amazonaws\.com \| sns:Publish/)]);
  });

  test("both token functions may read and write single items of the table, and the health function those about authorizations alone", () => {
    const actions = (role: string) => ofRoles.filter(({ principal }) => principal === role);
    const tableActions = (role: string) =>
      actions(role)
        .filter(({ action }) => action.startsWith("dynamodb:"))
        .map(({ action, resource, condition }) => [action, resource, condition]);
    for (const role of ["<TokenUrlRole>", "<TokenInvokeRole>"]) {
      expect(tableActions(role)).toEqual([
        ["dynamodb:GetItem", "<SharedCacheTable>", "always"],
        ["dynamodb:PutItem", "<SharedCacheTable>", "always"],
      ]);
    }
    const ofAuthorizations =
      "ForAllValues:StringLike dynamodb:LeadingKeys authorization#* and Null dynamodb:LeadingKeys false";
    expect(tableActions("<HealthRole>")).toEqual([
      ["dynamodb:GetItem", "<SharedCacheTable>", ofAuthorizations],
      ["dynamodb:PutItem", "<SharedCacheTable>", ofAuthorizations],
    ]);
    expect(actions("<HealthRole>").map(({ action }) => action)).not.toContain(
      "secretsmanager:GetSecretValue",
    );
  });

  test("the service secret is read by exact ARN and by stage, as the secrets of the apps are", () => {
    const reads = ofRoles.filter(({ action }) => action.startsWith("secretsmanager:"));
    expect(reads).toHaveLength(2);
    for (const { action, resource, condition } of reads) {
      expect([action, resource]).toEqual(["secretsmanager:GetSecretValue", "<SharedCacheServiceSecret>"]);
      expect(condition).toBe("StringEquals secretsmanager:VersionStage AWSCURRENT,AWSPREVIOUS");
    }
  });

  test.each([
    ["the key of the stack", withOwnKey, "<SharedCacheKey>"],
    ["the operator's key", withGivenKey, key],
  ])("%s is used through DynamoDB alone, and for this table alone", (_, permissions, resource) => {
    const uses = permissions
      .filter(isNew)
      .filter(
        (one) =>
          one.action.startsWith("kms:") && one.principal !== "arn:<AWS::Partition>:iam::123456789012:root",
      );
    expect(uses.length).toBe(3 * 7);
    for (const one of uses) {
      const { action, condition } = one;
      expect(one.resource).toBe(resource);
      const through = "StringEquals kms:ViaService dynamodb.eu-central-1.<AWS::URLSuffix>";
      const ofTheTable = "StringEquals kms:EncryptionContext:aws:dynamodb:tableName <SharedCacheTable>";
      expect(condition).toBe(action === "kms:DescribeKey" ? through : `${through} and ${ofTheTable}`);
    }
  });

  test("no principal may read more than one item at a time", () => {
    const denied = added.filter(({ effect }) => effect === "Deny");
    expect(denied.map(({ principal, resource, condition }) => [principal, resource, condition])).toEqual(
      Array(8).fill(["*", "<SharedCacheTable>", "always"]),
    );
    expect(denied.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["dynamodb:Scan", "dynamodb:Query", "dynamodb:ExportTableToPointInTime"]),
    );
  });

  test("no allowed action has a star, but for the key's own policy, which defers to IAM policies as KMS's default does", () => {
    const stars = added.filter(({ effect, action }) => effect === "Allow" && action.includes("*"));
    expect(stars.map(lineOf)).toEqual([
      "ALLOW | arn:<AWS::Partition>:iam::123456789012:root | kms:* | <SharedCacheKey> | always",
    ]);
  });
});

describe("for OAuth 2.0 users and webhooks", () => {
  const shared = deploy({ sharedCache: true });
  const { oauth, webhooks } = PUBLIC;
  const lines = (change: NonNullable<Parameters<typeof deploy>[0]>) =>
    permissionsOf(deploy(change)).map(lineOf);
  const before = permissionsOf(shared).map(lineOf);
  const isOfTopic = (line: string) => line.includes("| sns:Publish |");

  test.each([
    ["oauth", { sharedCache: true, oauth }, "reviewed-permissions-oauth.txt"],
    ["webhooks", { sharedCache: true, webhooks }, "reviewed-permissions-webhooks.txt"],
  ] as const)("%s adds what its reviewed list says, in addition to a shared cache", (name, change, file) => {
    const now = lines(change);
    const added = now.filter((line) => !before.includes(line) && !isOfTopic(line));
    expect(added.toSorted()).toEqual(reviewedIn(file).toSorted());
    const gone = before.filter((line) => !now.includes(line) && !isOfTopic(line));
    // Of the Deny of scans, the role of connections is left out.
    expect(gone).toEqual(name === "oauth" ? ["DENY | * | dynamodb:Scan | <SharedCacheTable> | always"] : []);
  });

  test("an Allow whose principal is a star and whose conditions name no one is a Function URL's, and no direct invocation's", () => {
    const open = permissionsOf(deploy(PUBLIC)).filter(
      ({ effect, principal, condition }) =>
        effect === "Allow" && principal === "*" && !condition.includes("aws:PrincipalArn"),
    );
    expect(open.map(lineOf).toSorted()).toEqual(
      ["Authorize", "Webhook"]
        .flatMap((name) => [
          `ALLOW | * | lambda:InvokeFunction | <${name}> | Bool lambda:InvokedViaFunctionUrl true`,
          `ALLOW | * | lambda:InvokeFunctionUrl | <${name}> | StringEquals lambda:FunctionUrlAuthType NONE`,
        ])
        .toSorted(),
    );
  });
});

function isHealth({ principal }: Permission): boolean {
  return principal === "<HealthRole>";
}
