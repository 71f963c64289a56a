import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { policyFromFile } from "../../functions/lambda/policy-file.ts";
import { BoxTokenService, BoxTokenStack } from "../../infra/index.ts";
import {
  deploy,
  deployWithCode,
  EXAMPLE_CONFIG,
  EXAMPLE_POLICY,
  mistakesOf,
  newFolder,
  ofType,
  VPC,
} from "./deployment.ts";
import { ROOT } from "./synth.ts";

interface Parts {
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>;
  readonly Metadata: Readonly<Record<string, string>>;
}

const example = deploy();
const partsOf = ({ stack }: typeof example): Parts => Template.fromStack(stack).toJSON() as Parts;
const { Outputs, Metadata } = partsOf(example);
const LAMBDA = new ServicePrincipal("lambda.amazonaws.com");
const OTHER = { account: "999999999999", region: "us-east-1" };

describe("the stack's outputs", () => {
  test("have names, ARNs, log groups, topic and dashboard, and the security group in a VPC", () => {
    const names = [
      ...["TokenUrl", "UrlFunction", "TokenUrlFunctionArn", "InvokeFunction", "InvokeFunctionArn"],
      ...["HealthFunction", "SecretArns", "LogGroups", "AlarmTopicArn", "DashboardUrl"],
      ...["PolicyDigest", "Version"],
    ];
    expect(Object.keys(Outputs)).toEqual(expect.arrayContaining(names));
    expect(Outputs).not.toHaveProperty("SecurityGroupIds");
    const [[group] = []] = ofType(deploy({ vpc: VPC }), "AWS::EC2::SecurityGroup");
    const { Value } = partsOf(deploy({ vpc: VPC })).Outputs.SecurityGroupIds ?? {};
    expect(Value).toEqual({ "Fn::GetAtt": [group, "GroupId"] });
  });

  test("have the digest that the functions write into each audit line", () => {
    const { folder } = deployWithCode();
    const shipped = readdirSync(folder).flatMap((name) => {
      const source = policyFromFile(join(folder, name, "policy.json"));
      return source.available ? [source.digest] : [];
    });
    expect(new Set(shipped)).toEqual(new Set([Outputs.PolicyDigest?.Value]));
  });

  test("have the dashboard in the console of the region, also of the European Sovereign Cloud", () => {
    const text = JSON.stringify(EXAMPLE_CONFIG).replaceAll("eu-central-1", "eusc-de-east-1");
    const sovereign = deploy(JSON.parse(text.replaceAll("arn:aws:", "arn:aws-eusc:")));
    const linkOf = ({ Outputs: { DashboardUrl } }: Parts) => JSON.stringify(DashboardUrl?.Value);
    expect(mistakesOf(sovereign.stack)).toEqual([]);
    expect(linkOf({ Outputs, Metadata })).toContain(
      "https://eu-central-1.console.aws.amazon.com/cloudwatch/",
    );
    expect(linkOf(partsOf(sovereign))).toContain(
      "https://console.amazonaws-eusc.eu/cloudwatch/home?region=eusc-de-east-1#",
    );
  });

  test("have the version of the package", () => {
    const { version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
    expect(Outputs.Version?.Value).toBe(version);
  });

  test("that callers need are SSM parameters too, below the name of the stack", () => {
    const parameters = ofType(deploy({ stackName: "tokens" }), "AWS::SSM::Parameter").map(
      ([, { Properties }]) => [Properties.Name, Properties.Value] as const,
    );
    expect(Object.fromEntries(parameters)).toEqual({
      "/box-sts/tokens/token-url": Outputs.TokenUrl?.Value,
      "/box-sts/tokens/token-url-function-arn": Outputs.TokenUrlFunctionArn?.Value,
      "/box-sts/tokens/invoke-function": Outputs.InvokeFunction?.Value,
      "/box-sts/tokens/invoke-function-arn": Outputs.InvokeFunctionArn?.Value,
      "/box-sts/tokens/policy-digest": Outputs.PolicyDigest?.Value,
      "/box-sts/tokens/version": Outputs.Version?.Value,
    });
  });
});

describe("for review, the template has a line for each statement of the policy,", () => {
  const [finance, sync] = EXAMPLE_POLICY.statements;

  test("with who, which app, as whom and what, in words that a reviewer reads", () => {
    expect(Metadata).toEqual({
      "box-sts policy of box-sts/Service, statement reports-read-finance":
        "caller name reports; app reports; subjects enterprise; resources https://api.box.com/2.0/folders/987; scopes base_preview item_download",
      "box-sts policy of box-sts/Service, statement nightly-sync":
        "caller alias nightly-sync; app archive; subjects enterprise user:*; unrestricted",
    });
  });

  test("which layout and order of the document do not change", () => {
    const statements = [{ ...sync, subjects: sync?.subjects.toReversed() }, finance];
    const { Metadata: again, Outputs: others } = partsOf(deploy({}, { statements, version: 1 }));
    expect(again).toEqual(Metadata);
    expect(others.PolicyDigest).not.toEqual(Outputs.PolicyDigest);
  });
});

describe("a service that is deployed elsewhere", () => {
  const arn = (name: string) => `arn:aws:lambda:eu-central-1:123456789012:function:${name}`;
  const attributes = {
    url: "https://abc.lambda-url.eu-central-1.on.aws/oauth2/token",
    urlFunctionArn: arn("token-url"),
    invokeFunctionArn: arn("token-invoke"),
  };
  const consumer = (given: Partial<typeof attributes>) => {
    const stack = new Stack(new App(), "Consumer", { env: OTHER });
    const service = BoxTokenService.fromAttributes(stack, "Service", given);
    const role = new Role(stack, "Caller", { assumedBy: LAMBDA });
    return { stack, service, role };
  };

  test("gives its callers the statements of their own policies, and nothing else", () => {
    const { stack, service, role } = consumer(attributes);
    service.grantInvokeUrl(role);
    service.grantInvoke(role, "nightly");
    expect(stack.resolve(service.url)).toBe("https://abc.lambda-url.eu-central-1.on.aws/");
    expect(mistakesOf(stack)).toEqual([]);
    const template = Template.fromStack(stack);
    template.resourceCountIs("AWS::IAM::Policy", 1);
    template.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: [
          {
            Effect: "Allow",
            Action: "lambda:InvokeFunctionUrl",
            Resource: arn("token-url"),
            Condition: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
          },
          {
            Effect: "Allow",
            Action: "lambda:InvokeFunction",
            Resource: arn("token-url"),
            Condition: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
          },
          { Effect: "Allow", Action: "lambda:InvokeFunction", Resource: `${arn("token-invoke")}:nightly` },
        ],
      },
    });
  });

  test.each([
    ["without the ARN", {}, /^fromAttributes: invokeFunctionArn is missing/],
    [
      "with the ARN of an alias",
      { invokeFunctionArn: arn("token-invoke:nightly") },
      /no ARN of a function without/,
    ],
  ])("reports a grant %s, and grants nothing", (_, given, sentence) => {
    const { stack, service, role } = consumer(given);
    expect(service.grantInvoke(role, "nightly").success).toBe(false);
    expect(mistakesOf(stack)).toEqual([expect.stringMatching(sentence)]);
  });

  test.each(["*", "", "$LATEST", "7", "a:b"])(
    "reports a grant for %j, which is no name of an alias",
    (alias) => {
      const { stack, service, role } = consumer(attributes);
      expect(service.grantInvoke(role, alias).success).toBe(false);
      expect(mistakesOf(stack)).toEqual([
        expect.stringMatching(/^grantInvoke: an alias has 1 to 128 letters/),
      ]);
      Template.fromStack(stack).resourceCountIs("AWS::IAM::Policy", 0);
    },
  );
});

test("a stack of another account and region can use the functions by name", () => {
  const app = new App({ outdir: newFolder() });
  const policy = join(newFolder(), "policy.json");
  const [, sync] = EXAMPLE_POLICY.statements;
  const byUrl = { ...sync, id: "by-url", caller: { name: "reports" } };
  writeFileSync(policy, JSON.stringify({ version: 1, statements: [sync, byUrl] }));
  const tokens = new Stack(app, "Tokens", { env: { account: "123456789012", region: "eu-central-1" } });
  const service = new BoxTokenService(tokens, "Service", {
    apps: [{ name: "archive", createSecret: "box/archive" }],
    policy,
    functionNames: { tokenUrl: "box-token-url" },
  });
  service.grantInvoke(new ArnPrincipal("arn:aws:iam::123456789012:role/nightly"), "nightly-sync");
  service.grantInvokeUrl(new ArnPrincipal("arn:aws:iam::123456789012:role/reports"), { caller: "reports" });
  const elsewhere = new Stack(app, "Elsewhere", { env: OTHER });
  elsewhere.exportValue(service.invokeFunctionName, { name: "Invoke" });
  elsewhere.exportValue(service.urlFunctionName, { name: "Url" });
  const { Outputs: used } = Template.fromStack(elsewhere).toJSON() as Parts;
  const [invoke, url] = Object.values(used).map(({ Value }) => Value);
  expect(url).toBe("box-token-url");
  const names = ofType(
    { resources: Template.fromStack(tokens).toJSON().Resources },
    "AWS::Lambda::Function",
  ).map(([, { Properties }]) => Properties.FunctionName);
  expect(names.toSorted()).toEqual(["box-token-url", invoke, undefined]);
});

test("a program can add callers to the stack of a deploy.json", () => {
  const app = new App({ outdir: newFolder() });
  const stack = BoxTokenStack.fromFile(app, join(ROOT, "examples/deploy/deploy.json"));
  const role = new Role(stack, "Mine", { assumedBy: LAMBDA });
  expect(stack.service.grantInvokeUrl(role).success).toBe(true);
});
