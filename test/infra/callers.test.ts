import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, CfnOutput, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { BoxTokenService } from "../../infra/index.ts";
import type { CallerPattern } from "../../schemas/policy.ts";
import {
  type Deployment,
  deploy,
  EXAMPLE_CONFIG,
  newFolder,
  ofType,
  type TemplateResource,
} from "./deployment.ts";

const ENV = { account: "123456789012", region: "eu-central-1" };
const lambda = new ServicePrincipal("lambda.amazonaws.com");
const role = (path: string) => `arn:aws:iam::123456789012:role/${path}`;
const policyOf = (...callers: readonly CallerPattern[]) => ({
  version: 1,
  statements: callers.map((caller, index) => ({
    ...{ id: `s${index}`, caller, app: "reports", subjects: ["enterprise"], unrestricted: true },
  })),
});

/** The construct in somebody's stack, with a policy of these callers. */
function serviceFor(callers: readonly CallerPattern[], env: object = { env: ENV }) {
  const app = new App({ outdir: newFolder() });
  const stack = new Stack(app, "Theirs", env);
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, JSON.stringify(policyOf(...callers)));
  const service = new BoxTokenService(stack, "Service", { apps: [{ name: "reports" }], policy });
  return {
    app,
    stack,
    service,
    errors: () => stack.node.findAll().flatMap((one) => one.node.validate()),
    resources: (): Deployment["resources"] => Template.fromStack(stack).toJSON().Resources,
  };
}

/** The value of `BOX_STS_CALLERS`, with each reference as `<logical id>`. */
function namesIn(resources: Deployment["resources"]): unknown {
  const [[, tokenUrl]] = ofType({ resources }, "AWS::Lambda::Function").filter(([id]) =>
    id.startsWith("ServiceTokenUrl"),
  ) as [[string, TemplateResource]];
  const { Variables } = tokenUrl.Properties.Environment as { Variables: Readonly<Record<string, unknown>> };
  const value = Variables.BOX_STS_CALLERS;
  if (value === undefined || typeof value === "string") return value && JSON.parse(value);
  const [, parts] = (value as { "Fn::Join": [string, unknown[]] })["Fn::Join"];
  const text = parts.map((part) =>
    typeof part === "string" ? part : `<${Object.values(part as object).flat()[0]}>`,
  );
  return JSON.parse(text.join(""));
}

describe("a caller's name", () => {
  test("maps a role whose own name CloudFormation makes up, without a warning", () => {
    const { stack, service, errors, resources } = serviceFor([{ name: "reports" }]);
    service.grantInvokeUrl(new Role(stack, "Caller", { assumedBy: lambda }), { caller: "reports" });
    expect(errors()).toEqual([]);
    expect(Annotations.fromStack(stack).findWarning("*", Match.anyValue())).toEqual([]);
    expect(namesIn(resources())).toEqual({ reports: [expect.stringMatching(/^<Caller[0-9A-F]{8}>$/)] });
  });

  test("may be several principals', known and unknown, of more accounts", () => {
    const { stack, service, errors, resources } = serviceFor([{ name: "reports" }, { name: "nightly" }], {});
    const foreign = "arn:aws:iam::999999999999:user/people/ann";
    service.grantInvokeUrl(new Role(stack, "Caller", { assumedBy: lambda }), { caller: "reports" });
    service.grantInvokeUrl(new ArnPrincipal(foreign), { caller: "reports", crossAccount: true });
    service.grantInvokeUrl(new ArnPrincipal(role("team/nightly")), { caller: "nightly", crossAccount: true });
    expect(errors()).toEqual([]);
    expect(namesIn(resources())).toEqual({
      reports: [expect.stringMatching(/^<Caller/), foreign],
      nightly: [role("team/nightly")],
    });
  });

  test("is the alias, where a caller has one", () => {
    const { service, errors } = serviceFor([{ name: "nightly" }]);
    service.grantInvoke(new ArnPrincipal(role("a")), "nightly");
    expect(errors()).toEqual([]);
  });

  test("may be any that an alias may have, also one that JavaScript's objects have by themselves", () => {
    const names = ["__proto__", "constructor", "-", "a".repeat(128)];
    const { service, errors, resources } = serviceFor(names.map((name) => ({ name })));
    names.forEach((caller, index) => {
      service.grantInvokeUrl(new ArnPrincipal(role(`r${index}`)), { caller });
    });
    expect(errors()).toEqual([]);
    expect(Object.entries(namesIn(resources()) as object)).toEqual(
      expect.arrayContaining(names.map((name, index) => [name, [role(`r${index}`)]])),
    );
  });

  test("needs no variable where nobody has one", () => {
    const { service, resources } = serviceFor([{ iam: role("a") }]);
    service.grantInvokeUrl(new ArnPrincipal(role("a")));
    expect(namesIn(resources())).toBeUndefined();
  });

  test("fails the synth if the policy lacks it, and a statement if nobody is granted its name", () => {
    const { service, errors } = serviceFor([{ name: "reports" }, { name: "nightly" }]);
    service.grantInvokeUrl(new ArnPrincipal(role("a")), { caller: "report" });
    service.grantInvokeUrl(new ArnPrincipal(role("b")), { caller: "nightly" });
    expect(errors()).toEqual([
      'No statement of the policy names the caller "report"; add one with "caller": { "name": "report" }, or take the name away. Did you mean reports?',
      'The policy\'s statement s0 names the caller "reports", and no principal is granted this name; grant it (callers with name, or grantInvokeUrl with caller), or remove the statement. Did you mean report?',
    ]);
  });

  test.each(["12", "a b", "a.b", "*", ""])("is refused as %j", (caller) => {
    const { service } = serviceFor([]);
    expect(() => service.grantInvokeUrl(new ArnPrincipal(role("a")), { caller })).toThrow(
      /^grantInvokeUrl: a caller's name has 1 to 128 letters/,
    );
  });

  test("is one for each principal", () => {
    const { service } = serviceFor([]);
    const principal = new ArnPrincipal(role("a"));
    service.grantInvokeUrl(principal, { caller: "one" });
    expect(() => service.grantInvokeUrl(principal, { caller: "two" })).toThrow(
      'grantInvokeUrl: the caller has the name "one" already and cannot have "two" too; grant it once',
    );
    expect(() => service.grantInvokeUrl(principal)).toThrow(/"one" already and cannot have none too/);
  });

  test("does not go to two roles that differ in their path only, because no session tells them apart", () => {
    const { stack, service } = serviceFor([]);
    service.grantInvokeUrl(new ArnPrincipal(role("a/reports")), { caller: "one" });
    expect(() => service.grantInvokeUrl(new ArnPrincipal(role("b/reports")), { caller: "two" })).toThrow(
      /role\/b\/reports and .*role\/a\/reports differ in their path only, which a session does not report/,
    );
    const named = new Role(stack, "Named", { assumedBy: lambda, roleName: "reports" });
    expect(() => service.grantInvokeUrl(named)).toThrow(/differ in their path only/);
  });

  test("of a role in a stack that is deployed before makes no circle between the two", () => {
    const { app, stack, service, errors, resources } = serviceFor([{ name: "reports" }]);
    const roles = new Stack(app, "Roles", { env: ENV });
    service.grantInvokeUrl(new Role(roles, "Caller", { assumedBy: lambda }), { caller: "reports" });
    expect(errors()).toEqual([]);
    expect(namesIn(resources())).toEqual({ reports: [expect.stringContaining("Roles:ExportsOutput")] });
    expect([stack.dependencies, roles.dependencies]).toEqual([[roles], []]);
  });
});

describe("the Function URL", () => {
  const OF_TOKEN_URL = /^ServiceTokenUrl|^ServiceByUrl/;
  const aliasOnly = () => {
    const made = serviceFor([{ alias: "nightly" }]);
    made.service.grantInvoke(new ArnPrincipal(role("a")), "nightly");
    return made;
  };

  test("does not exist where no caller is granted it, nor its function, role, log group and policies", () => {
    const { errors, resources } = aliasOnly();
    expect(errors()).toEqual([]);
    const all = resources();
    expect(Object.keys(all).filter((id) => OF_TOKEN_URL.test(id))).toEqual([]);
    expect(ofType({ resources: all }, "AWS::Lambda::Url")).toEqual([]);
    expect(JSON.stringify(all)).not.toMatch(OF_TOKEN_URL);
    expect(ofType({ resources: all }, "AWS::CloudWatch::Alarm")).not.toEqual([]);
  });

  test("exists from the first grant on, and the alarms and the dashboard see its function", () => {
    const { service, resources } = serviceFor([{ name: "reports" }]);
    service.grantInvokeUrl(new ArnPrincipal(role("a")), { caller: "reports" });
    const all = resources();
    expect(ofType({ resources: all }, "AWS::Lambda::Url")).toHaveLength(1);
    const texts = ["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"].flatMap((type) =>
      ofType({ resources: all }, type)
        .map(([id, { Properties }]) => [id, JSON.stringify(Properties)] as const)
        .filter(([, text]) => text.includes("ServiceTokenInvoke")),
    );
    expect(texts.length).toBeGreaterThan(4);
    for (const [id, text] of texts) expect([id, text.includes("ServiceTokenUrl")]).toEqual([id, true]);
  });

  test("may be read before the grant that makes it", () => {
    const { stack, service } = serviceFor([{ name: "reports" }]);
    new CfnOutput(stack, "Url", { value: service.url });
    new CfnOutput(stack, "Name", { value: service.urlFunctionName });
    service.grantInvokeUrl(new ArnPrincipal(role("a")), { caller: "reports" });
    const { Outputs } = Template.fromStack(stack).toJSON();
    expect(JSON.stringify(Outputs.Url.Value)).toMatch(/GetAtt.*ServiceByUrl.*FunctionUrl/);
    expect(JSON.stringify(Outputs.Name.Value)).toMatch(/Ref.*ServiceTokenUrl/);
  });

  test("may be read before it exists by the function that is granted it, and by another stack", () => {
    const { app, stack, service, resources } = serviceFor([{ name: "reports" }]);
    const code = Code.fromInline("exports.handler = () => {}");
    const common = { code, runtime: Runtime.NODEJS_24_X, handler: "index.handler" };
    const caller = new LambdaFunction(stack, "Reports", {
      ...common,
      environment: { BOX_STS_URL: service.url },
    });
    const other = new Stack(app, "Other", { env: ENV });
    new CfnOutput(other, "Url", { value: service.url });
    service.grantInvokeUrl(caller, { caller: "reports" });
    // Throws for resources that wait for each other.
    expect(namesIn(resources())).toEqual({ reports: [expect.stringMatching(/^<ReportsServiceRole/)] });
    expect(JSON.stringify(Template.fromStack(other).toJSON().Outputs)).toContain("Fn::ImportValue");
  });

  test("fails the synth with a sentence where it is read and nobody is granted it", () => {
    const { service, errors } = aliasOnly();
    expect(service.url.length).toBeGreaterThan(0);
    expect(errors()).toEqual([
      "service.url: no caller is granted the Function URL, so that there is none; grant it with grantInvokeUrl, or do not read url.",
    ]);
    expect(() => service.urlCallerPolicy()).toThrow(/no caller is granted the Function URL/);
  });
});

describe("the same grant a second time", () => {
  test("is the first one, of the URL and of an alias", () => {
    const { stack, service, errors, resources } = serviceFor([{ name: "reports" }, { alias: "nightly" }]);
    const caller = new Role(stack, "Caller", { assumedBy: lambda });
    const named = { caller: "reports" };
    const first = [service.grantInvokeUrl(caller, named), service.grantInvoke(caller, "nightly")];
    const before = Template.fromStack(stack).toJSON();
    expect(service.grantInvokeUrl(caller, named)).toBe(first[0]);
    expect(service.grantInvoke(caller, "nightly")).toBe(first[1]);
    expect(errors()).toEqual([]);
    expect(resources()).toEqual(before.Resources);
  });

  test("is the first one for another import of the role too, and another caller's alias is refused", () => {
    const { stack, service } = serviceFor([{ alias: "nightly" }]);
    const imports = ["A", "B"].map((id) => Role.fromRoleArn(stack, id, role("team/reports")));
    const [first, second] = imports.map((each) => service.grantInvoke(each, "nightly"));
    expect(second).toBe(first);
    expect(() => service.grantInvoke(new ArnPrincipal(role("other")), "nightly")).toThrow(/another caller's/);
  });
});

test.each([
  ["x", "xPolicy"],
  ["ResourcePolicy", "LatestPolicy"],
  ["a-b", "ab"],
  ["Resource", "Policy"],
])("aliases called %s and %s are two", (one, other) => {
  const { service, errors, resources } = serviceFor([{ alias: one }, { alias: other }]);
  service.grantInvoke(new ArnPrincipal(role("a")), one);
  service.grantInvoke(new ArnPrincipal(role("b")), other);
  expect(errors()).toEqual([]);
  const aliases = ofType({ resources: resources() }, "AWS::Lambda::Alias");
  expect(aliases.map(([, { Properties }]) => Properties.Name)).toEqual([one, other]);
});

describe("a region", () => {
  const inRegion = (region: string) => {
    const policy = policyOf({ alias: "nightly" });
    const callers = [{ principal: role("a"), alias: "nightly" }];
    return deploy({ region, apps: [{ name: "reports", createSecret: true }], callers }, policy);
  };
  const urlIn = (region: string) => {
    const callers = [{ principal: role("a"), name: "a", url: true as const }];
    const apps = [{ name: "reports", createSecret: true as const }];
    return deploy({ region, apps, callers }, policyOf({ name: "a" }));
  };

  test.each(["eu-central-2", "ca-west-1", "mx-central-1", "ap-southeast-5"])(
    "without Function URLs, %s, takes a service with aliases alone and refuses the URL with a sentence",
    (region) => {
      expect(ofType(inRegion(region), "AWS::Lambda::Alias")).toHaveLength(1);
      expect(() => urlIn(region)).toThrow(
        `grantInvokeUrl: Lambda has no Function URLs in ${region}; grant the caller an alias`,
      );
    },
  );

  test.each(["cn-north-1", "us-gov-east-1", "us-gov-west-1", "me-central-1"])(
    "without resource policies of Lambda, %s, is refused with a sentence",
    (region) => {
      expect(() => inRegion(region)).toThrow(
        `region: CloudFormation has no AWS::Lambda::ResourcePolicy in ${region}, without which`,
      );
    },
  );

  test("of the European Sovereign Cloud is one", () => {
    expect(() => inRegion("eusc-de-east-1")).not.toThrow();
  });
});

describe("outputs", () => {
  const outputsOf = ({ stack }: Deployment) =>
    Template.fromStack(stack).toJSON().Outputs as Record<string, { Value: unknown }>;
  const there = (path: string) => `arn:aws:iam::999999999999:role/${path}`;

  test("name what callers call, and no more", () => {
    const names = Object.keys(outputsOf(deploy())).filter((name) => !/^SecretArns|^Health/.test(name));
    expect(names.toSorted()).toEqual([
      "AliasArns",
      "InvokeFunction",
      "TokenUrl",
      "TokenUrlFunctionArn",
      "UrlFunction",
    ]);
    const aliasOnly = deploy(
      { callers: EXAMPLE_CONFIG.callers.filter(({ alias }) => alias !== undefined) },
      { version: 1, statements: policyOf({ alias: "nightly-sync" }).statements },
    );
    expect(Object.keys(outputsOf(aliasOnly)).filter((name) => /Url/.test(name))).toEqual([]);
  });

  test("have the statements that the administrators of a caller's own account need", () => {
    const outputs = outputsOf(
      deploy(
        {
          callers: [
            { principal: there("a"), name: "a", url: true, crossAccount: true },
            { principal: there("b"), alias: "b-b", crossAccount: true },
          ],
        },
        policyOf({ name: "a" }, { name: "b-b" }),
      ),
    );
    const statementsOf = (name: RegExp) => {
      const [[, { Value }]] = Object.entries(outputs).filter(([one]) => name.test(one)) as [
        [string, { Value: { "Fn::Join": [string, unknown[]] } }],
      ];
      const text = Value["Fn::Join"][1].map((part) =>
        typeof part === "string" ? part : `<${String(Object.values(part as object).flat()[0])}>`,
      );
      return JSON.parse(text.join("")).Statement;
    };
    const Resource = expect.stringMatching(/^<ServiceTokenUrl[0-9A-F]{8}>$/);
    expect(statementsOf(/^UrlCallerPolicy$/)).toEqual([
      {
        ...{ Effect: "Allow", Action: "lambda:InvokeFunctionUrl", Resource },
        Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
      },
      {
        ...{ Effect: "Allow", Action: "lambda:InvokeFunction", Resource },
        Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
      },
    ]);
    expect(statementsOf(/^AliasCallerPolicybb/)).toEqual([
      {
        Effect: "Allow",
        Action: "lambda:InvokeFunction",
        Resource: expect.stringContaining("<ServiceByAlias"),
      },
    ]);
  });
});
