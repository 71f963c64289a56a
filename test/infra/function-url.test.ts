import { CfnOutput, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal } from "aws-cdk-lib/aws-iam";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { everyNth } from "../support/samples.ts";
import { type Deployment, deploy, EXAMPLE_CONFIG, ofType } from "./deployment.ts";
import { ENV, namesIn, policyOf, role, serviceFor } from "./service.ts";

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

  test("fails the synth with a sentence where it is read and no caller has a grant", () => {
    const { service, errors } = aliasOnly();
    expect(service.url.length).toBeGreaterThan(0);
    expect(errors()).toEqual([
      "service.url: no caller is granted the Function URL, so that there is none; grant it with grantInvokeUrl, or do not read url.",
    ]);
    expect(() => service.urlCallerPolicy()).toThrow(/no caller is granted the Function URL/);
  });
});

describe("a region", () => {
  const inRegion = (region: string, principal = role("a")) => {
    const policy = policyOf({ alias: "nightly" });
    const callers = [{ principal, alias: "nightly" }];
    return deploy({ region, apps: [{ name: "reports", createSecret: "box/reports" }], callers }, policy);
  };
  const urlIn = (region: string) => {
    const callers = [{ principal: role("a"), name: "a", url: true as const }];
    const apps = [{ name: "reports", createSecret: "box/reports" as const }];
    return deploy({ region, apps, callers }, policyOf({ name: "a" }));
  };

  test.each(everyNth(["eu-central-2", "ca-west-1", "mx-central-1", "ap-southeast-5"], 2))(
    "without Function URLs, %s, takes a service with aliases alone and refuses the URL with a sentence",
    (region) => {
      expect(ofType(inRegion(region), "AWS::Lambda::Alias")).toHaveLength(1);
      expect(() => urlIn(region)).toThrow(
        `grantInvokeUrl: Lambda has no Function URLs in ${region}; grant the caller an alias`,
      );
    },
  );

  test.each(everyNth(["cn-north-1", "us-gov-east-1", "us-gov-west-1", "me-central-1"], 2))(
    "without resource policies of Lambda, %s, is refused with a sentence",
    (region) => {
      expect(() => inRegion(region)).toThrow(
        `region: CloudFormation has no AWS::Lambda::ResourcePolicy in ${region}, without which`,
      );
    },
  );

  test("of the European Sovereign Cloud is one", () => {
    const caller = role("a").replace("arn:aws:", "arn:aws-eusc:");
    expect(() => inRegion("eusc-de-east-1", caller)).not.toThrow();
  });
});

describe("outputs", () => {
  const outputsOf = ({ stack }: Deployment) =>
    Template.fromStack(stack).toJSON().Outputs as Record<string, { Value: unknown }>;
  const there = (path: string) => `arn:aws:iam::999999999999:role/${path}`;

  test("name what callers call, and no more", () => {
    const names = Object.keys(outputsOf(deploy())).filter((name) => /UrlF|TokenUrl|Invoke|Alias/.test(name));
    expect(names.toSorted()).toEqual([
      "AliasArns",
      "InvokeFunction",
      "InvokeFunctionArn",
      "TokenUrl",
      "TokenUrlFunctionArn",
      "UrlFunction",
    ]);
    const aliasOnly = deploy(
      { callers: EXAMPLE_CONFIG.callers.filter(({ alias }) => alias !== undefined) },
      { version: 1, statements: policyOf({ alias: "nightly-sync" }).statements },
    );
    expect(Object.keys(outputsOf(aliasOnly)).filter((name) => /TokenUrl|UrlFunction/.test(name))).toEqual([]);
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
