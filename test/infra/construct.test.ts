import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Duration, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { type IVpc, Vpc } from "aws-cdk-lib/aws-ec2";
import { ArnPrincipal, Role, ServicePrincipal, User } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { type ISecret, Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { BoxTokenService, type BoxTokenServiceProps, type GrantOptions } from "../../infra/index.ts";
import { type Deployment, mistakesOf, newFolder, ofType } from "./deployment.ts";
import { lineOf, permissionsOf } from "./permissions.ts";

const ENV = { account: "123456789012", region: "eu-central-1" };
const rights = { app: "reports", subjects: ["enterprise"], unrestricted: true };
const POLICY = {
  version: 1,
  statements: [
    { id: "url", caller: { iam: "arn:aws:iam::123456789012:role/reports" }, ...rights },
    { id: "alias", caller: { alias: "nightly" }, ...rights },
  ],
};

/** A deployer's stack with the construct in it, and one role that has both kinds of access. */
function somebodyElses(
  props: (stack: Stack) => Partial<BoxTokenServiceProps> = () => ({}),
  env: object = { env: ENV },
): Deployment["resources"] {
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, JSON.stringify(POLICY));
  const stack = new Stack(new App({ outdir: newFolder() }), "Theirs", env);
  const service = new BoxTokenService(stack, "Service", {
    apps: [{ name: "reports", createSecret: "box/reports" }],
    policy,
    ...props(stack),
  });
  const role = new Role(stack, "Caller", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
  service.grantInvokeUrl(role);
  service.grantInvoke(role, "nightly");
  return Template.fromStack(stack).toJSON().Resources;
}

const grants = (resources: Deployment["resources"], who: string) =>
  permissionsOf({ resources })
    .filter(({ principal }) => principal.includes(who))
    .map(lineOf);

describe("a role of the same app", () => {
  test("gets its statements in its own policy, and the resource policy keeps its Deny", () => {
    const resources = somebodyElses();
    expect(grants(resources, "Caller")).toEqual([
      "ALLOW | <Caller> | lambda:InvokeFunctionUrl | <TokenUrl> | StringEquals lambda:FunctionUrlAuthType AWS_IAM",
      "ALLOW | <Caller> | lambda:InvokeFunction | <TokenUrl> | Bool lambda:InvokedViaFunctionUrl true",
      "ALLOW | <Caller> | lambda:InvokeFunction | <ByAliasnightly> | always",
    ]);
    const denied = permissionsOf({ resources }).filter(
      ({ effect, resource }) => effect === "Deny" && !resource.includes("Alarms"),
    );
    const lambda = ["InvokeAsync", "InvokeFunction"];
    expect(denied.map(lineOf).toSorted()).toEqual(
      lambda.flatMap((action) => [
        `DENY | * | lambda:${action} | <ByAliasnightly> | ArnNotEquals aws:PrincipalArn <Caller>`,
        `DENY | * | lambda:${action} | <TokenInvoke> | always`,
        `DENY | * | lambda:${action} | <TokenUrl> | BoolIfExists lambda:InvokedViaFunctionUrl false`,
      ]),
    );
  });

  test("is allowed without knowing account and region too", () => {
    expect(grants(somebodyElses(undefined, {}), "Caller")).toHaveLength(3);
  });
});

/** The construct in a stack of its own, and what grants do to its permissions. */
function serviceAlone(app = new App({ outdir: newFolder() })) {
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, JSON.stringify({ version: 1, statements: [POLICY.statements[1]] }));
  const stack = new Stack(app, "Service", { env: ENV });
  const service = new BoxTokenService(stack, "Box", {
    apps: [{ name: "reports", createSecret: "box/reports" }],
    policy,
  });
  const onAlias = () =>
    permissionsOf({ resources: Template.fromStack(stack).toJSON().Resources })
      .filter(({ resource }) => resource.includes("Aliasnightly"))
      .map(({ effect, principal, condition }) => `${effect} ${principal} ${condition}`);
  return { app, stack, service, onAlias };
}

describe("the Deny of an alias leaves out", () => {
  test("an imported role by its complete ARN, with the path", () => {
    const { stack, service, onAlias } = serviceAlone();
    const arn = "arn:aws:iam::123456789012:role/team/x/reports";
    service.grantInvoke(Role.fromRoleArn(stack, "Imported", arn), "nightly");
    const denied = `Deny * ArnNotEquals aws:PrincipalArn ${arn}`;
    expect(onAlias()).toEqual([denied, denied, expect.stringMatching(/^Allow .+ always$/)].toSorted());
  });

  test("a user, and a role of another account, which the same policy allows", () => {
    const { stack, service, onAlias } = serviceAlone();
    const arn = "arn:aws:iam::999999999999:role/team/a";
    service.grantInvoke(Role.fromRoleArn(stack, "Foreign", arn), "nightly", { crossAccount: true });
    const denied = `Deny * ArnNotEquals aws:PrincipalArn ${arn}`;
    const allowed = `Allow * ArnEquals aws:PrincipalArn ${arn} and StringEquals aws:PrincipalAccount 999999999999`;
    expect(onAlias().toSorted()).toEqual([allowed, denied, denied]);
  });

  test("a role of a stack that is deployed before, without a circle between the two", () => {
    const { app, stack, service, onAlias } = serviceAlone();
    const roles = new Stack(app, "Roles", { env: ENV });
    const role = new Role(roles, "Caller", { assumedBy: new ServicePrincipal("lambda.amazonaws.com") });
    service.grantInvoke(role, "nightly");
    expect(onAlias()).toHaveLength(3);
    expect(stack.dependencies).toEqual([roles]);
    expect(roles.dependencies).toEqual([]);
  });
});

test("a policy that is valid and probably not meant gives a warning with its place, and deploys", () => {
  const app = new App({ outdir: newFolder() });
  const stack = new Stack(app, "Service", { env: ENV });
  const policy = join(newFolder(), "policy.json");
  const scopes = { scopes: ["gcm"], unrestricted: undefined };
  writeFileSync(policy, JSON.stringify({ version: 1, statements: [{ ...POLICY.statements[1], ...scopes }] }));
  const service = new BoxTokenService(stack, "Box", {
    apps: [{ name: "reports", createSecret: "box/reports" }],
    policy,
  });
  service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/nightly"), "nightly");
  const warnings = Annotations.fromStack(stack).findWarning("*", Match.anyValue());
  expect(warnings.map(({ entry }) => entry.data)).toEqual([
    expect.stringMatching(
      /policy\.json \/statements\/0\/scopes\/0 \(line 1, column \d+\): Box's guide does not list/,
    ),
  ]);
});

describe("a role of the app that may call the Function URL", () => {
  const lambda = new ServicePrincipal("lambda.amazonaws.com");
  const warned = (props: { roleName?: string; path?: string }, env: object = { env: ENV }) => {
    const stack = new Stack(new App({ outdir: newFolder() }), "Theirs", env);
    const policy = join(newFolder(), "policy.json");
    writeFileSync(policy, JSON.stringify({ version: 1, statements: [POLICY.statements[0]] }));
    const service = new BoxTokenService(stack, "Service", {
      apps: [{ name: "reports", createSecret: "box/reports" }],
      policy,
    });
    service.grantInvokeUrl(new Role(stack, "Caller", { assumedBy: lambda, ...props }));
    const errors = mistakesOf(stack);
    const warnings = errors.length > 0 ? [] : Annotations.fromStack(stack).findWarning("*", Match.anyValue());
    return { errors, warnings: warnings.map(({ entry }) => entry.data) };
  };

  test("passes with the name that the policy has, also under a path", () => {
    expect(warned({ roleName: "reports" })).toEqual({ errors: [], warnings: [] });
    expect(warned({ roleName: "reports", path: "/team/" })).toEqual({ errors: [], warnings: [] });
  });

  test("fails the synth with another name", () => {
    expect(warned({ roleName: "report" }).errors).toEqual([
      "No statement of the policy names the caller arn:aws:iam::123456789012:role/report; add one, or take its grant away. Did you mean arn:aws:iam::123456789012:role/reports?",
      expect.stringMatching(/^The policy's statement url names a caller that may not call the Function URL/),
    ]);
  });

  test.each([
    ["its name", {}, { env: ENV }],
    ["the account", { roleName: "reports" }, {}],
  ])("gives a warning where only the deployment knows %s", (_, props, env) => {
    const { errors, warnings } = warned(props, env);
    expect(errors).toEqual([]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^grantInvokeUrl: the ARN of Theirs\/Caller is known only at deploy.*give the caller a name/,
      ),
    ]);
  });
});

test("a resource policy over Lambda's limit fails the synth with its size and the remedy", () => {
  const callers = (count: number) => {
    const { stack, service } = serviceAlone();
    service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/nightly"), "nightly");
    for (let index = 0; index < count; index++) {
      const name = `role/${"long-name-".repeat(5)}${index}`;
      service.grantInvokeUrl(Role.fromRoleArn(stack, `Caller${index}`, `arn:aws:iam::999999999999:${name}`), {
        crossAccount: true,
      });
    }
    return () => mistakesOf(stack);
  };
  const sizes = (errors: readonly string[]) => errors.filter((error) => error.includes("characters"));
  expect(sizes(callers(100)())).toEqual([]);
  expect(sizes(callers(200)())).toEqual([
    expect.stringMatching(
      /^The resource policy of token-url \(grantInvokeUrl\) would have about \d+ characters, and Lambda allows 20480; let callers share a role, or deploy a second service/,
    ),
  ]);
});

test("a user is a caller, and a caller of another account fails the synth without crossAccount", () => {
  const policy = join(newFolder(), "policy.json");
  const callers = ["arn:aws:iam::999999999999:role/a", "arn:aws:iam::123456789012:user/person"];
  const [mine] = POLICY.statements;
  const statements = callers.map((iam, index) => ({ ...mine, id: `s${index}`, caller: { iam } }));
  writeFileSync(policy, JSON.stringify({ version: 1, statements }));
  const granted = (options: GrantOptions) => {
    const stack = new Stack(new App(), "Theirs", { env: ENV });
    const apps = [{ name: "reports", createSecret: "box/reports" }];
    const service = new BoxTokenService(stack, "Service", { apps, policy });
    service.grantInvokeUrl(new User(stack, "Person", { userName: "person" }));
    const { success } = service.grantInvokeUrl(Role.fromRoleArn(stack, "Foreign", `${callers[0]}`), options);
    return { success, mistakes: mistakesOf(stack).filter((one) => one.startsWith("grantInvokeUrl")) };
  };
  expect(granted({ crossAccount: true })).toEqual({ success: true, mistakes: [] });
  expect(granted({})).toEqual({ success: false, mistakes: [expect.stringMatching(/crossAccount/)] });
});

describe("what exists is taken as it is:", () => {
  test("secrets and keys, of which neither is changed", () => {
    const theirs = (stack: Stack) => {
      const encryptionKey = new Key(stack, "Key");
      // The casts, here and below: CDK's own types disagree under exactOptionalPropertyTypes.
      return new Secret(stack, "Config", { encryptionKey }) as ISecret;
    };
    const resources = somebodyElses((stack) => {
      const secret = theirs(stack);
      return { apps: [{ name: "reports", secret }] };
    });
    const lone = new Stack(new App(), "Theirs", { env: ENV });
    theirs(lone);
    const untouched = Template.fromStack(lone).toJSON().Resources as Deployment["resources"];
    for (const [id, resource] of Object.entries(untouched)) expect(resources[id]).toEqual(resource);
    expect(ofType({ resources }, "AWS::SecretsManager::Secret")).toHaveLength(1);
    expect(JSON.stringify(resources)).toContain("kms:EncryptionContext:SecretARN");
  });

  test("a VPC, with a security group that allows outbound HTTPS and nothing inbound", () => {
    const resources = somebodyElses((stack) => ({ vpc: new Vpc(stack, "Vpc") as IVpc }));
    const groups = ofType({ resources }, "AWS::EC2::SecurityGroup").map(([, { Properties }]) => Properties);
    expect(groups).toEqual([
      expect.objectContaining({
        SecurityGroupEgress: [expect.objectContaining({ IpProtocol: "tcp", FromPort: 443, ToPort: 443 })],
      }),
    ]);
    expect(groups[0]).not.toHaveProperty("SecurityGroupIngress");
    for (const [id, { Properties }] of ofType({ resources }, "AWS::Lambda::Function")) {
      if (id.startsWith("Service")) expect(Properties).toHaveProperty("VpcConfig.SecurityGroupIds.length", 1);
    }
  });

  test("a topic, sizes, times and thresholds", () => {
    const resources = somebodyElses((stack) => ({
      alarmTopic: Topic.fromTopicArn(stack, "Topic", "arn:aws:sns:eu-central-1:123456789012:ops"),
      memorySize: 1024,
      helpUrl: "https://wiki.example/problems",
      timeout: Duration.seconds(10),
      logRetention: RetentionDays.TEN_YEARS,
      alarmThresholds: { deniedRequests: 7 },
    }));
    expect(ofType({ resources }, "AWS::SNS::Topic")).toEqual([]);
    const text = JSON.stringify(resources);
    expect(text.split('"BOX_STS_HELP_URL":"https://wiki.example/problems"')).toHaveLength(3);
    for (const part of ['"MemorySize":1024', '"Timeout":10', '"RetentionInDays":3653', '"Threshold":7']) {
      expect(text).toContain(part);
    }
  });
});
