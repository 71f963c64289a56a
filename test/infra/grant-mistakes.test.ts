import { App, Stack } from "aws-cdk-lib";
import {
  AccountPrincipal,
  AnyPrincipal,
  ArnPrincipal,
  Group,
  type IGrantable,
  InstanceProfile,
  PrincipalWithConditions,
  Role,
  ServicePrincipal,
} from "aws-cdk-lib/aws-iam";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { BoxTokenService } from "../../infra/index.ts";
import { mistakesFor } from "./construct-scene.ts";
import { mistakesOf } from "./deployment.ts";

describe("a grant that cannot be given is reported, without throwing:", () => {
  test.each([
    ["everyone", new AnyPrincipal()],
    ["a whole account", new AccountPrincipal("123456789012")],
    ["a service", new ServicePrincipal("apigateway.amazonaws.com")],
    ["a group of roles", new ArnPrincipal("arn:aws:iam::123456789012:*")],
    ["roles by a question mark", new ArnPrincipal("arn:aws:iam::123456789012:role/a?")],
    ["a role by a policy variable", new ArnPrincipal(`arn:aws:iam::123456789012:role/${"$"}{aws:username}`)],
  ])("a grant to %s, and grants nothing", (_, principal) => {
    const mistakes = mistakesFor(
      () => ({}),
      (service) => {
        expect(service.grantInvokeUrl(principal).success).toBe(false);
        expect(service.grantInvoke(principal, "other").success).toBe(false);
      },
    );
    expect(mistakes).toEqual([
      expect.stringMatching(/^grantInvokeUrl: a caller is one IAM role or user/),
      expect.stringMatching(/^grantInvoke "other": a caller is one IAM role or user/),
    ]);
  });

  test.each([
    ["an IAM group of the app", (stack: Stack) => new Group(stack, "Readers")],
    [
      "an IAM group of the app that has a name",
      (stack: Stack) => new Group(stack, "Readers", { groupName: "readers" }),
    ],
    [
      "an IAM group of the app by its ARN",
      (stack: Stack) => new ArnPrincipal(new Group(stack, "Readers").groupArn),
    ],
    [
      "an instance profile of the app, which is no role",
      (stack: Stack) => new ArnPrincipal(new InstanceProfile(stack, "Profile").instanceProfileArn),
    ],
  ])("a grant to %s, and grants nothing", (_, principal) => {
    const mistakes = mistakesFor(
      () => ({}),
      (service) => {
        const made = principal(Stack.of(service));
        expect(service.grantInvokeUrl(made, { caller: "other" }).success).toBe(false);
        expect(service.grantInvoke(made, "other").success).toBe(false);
      },
    );
    expect(mistakes).toEqual([
      expect.stringMatching(/^grantInvokeUrl: a caller is one IAM role or user/),
      expect.stringMatching(/^grantInvoke "other": a caller is one IAM role or user/),
    ]);
  });

  test("a grant to a role of another partition, also with crossAccount, and grants nothing", () => {
    const role = new ArnPrincipal("arn:aws-cn:iam::123456789012:role/a");
    const mistakes = mistakesFor(
      () => ({}),
      (service) => {
        expect(service.grantInvokeUrl(role, { caller: "other" }).success).toBe(false);
        expect(service.grantInvoke(role, "other", { crossAccount: true }).success).toBe(false);
      },
    );
    const sentence =
      "the caller is of the partition aws-cn, and the region eu-central-1 is of aws; give one whose ARN begins with arn:aws.";
    expect(mistakes).toEqual([`grantInvokeUrl: ${sentence}`, `grantInvoke "other": ${sentence}`]);
  });

  test("a grant to a function that is imported without its role, and grants nothing", () => {
    const mistakes = mistakesFor(
      () => ({ oauth: { apps: ["a"] }, sharedCache: true }),
      (service) => {
        const arn = "arn:aws:lambda:eu-central-1:123456789012:function:reports";
        const imported = LambdaFunction.fromFunctionArn(Stack.of(service), "Reports", arn);
        expect(service.grantInvokeUrl(imported, { caller: "other" }).success).toBe(false);
        expect(service.grantInvoke(imported, "other").success).toBe(false);
        expect(service.grantManageConnections(imported).success).toBe(false);
      },
    );
    expect(mistakes).toHaveLength(3);
    for (const mistake of mistakes)
      expect(mistake).toMatch(/: the role .* is not known, .*fromFunctionAttributes/);
  });

  test.each([
    ["undefined", undefined],
    ["null", null],
    ["an ARN as text", "arn:aws:iam::123456789012:role/a"],
    ["an object without a principal", {}],
  ])("a grant to %s, and grants nothing", (_, grantee) => {
    const nobody = grantee as unknown as IGrantable;
    const sentence =
      "expected a role or user of the CDK, such as Role.fromRoleArn(scope, id, arn); give one.";
    const mistakes = mistakesFor(
      () => ({ oauth: { apps: ["a"] }, sharedCache: true }),
      (service) => {
        expect(service.grantInvokeUrl(nobody, { caller: "other" }).success).toBe(false);
        expect(service.grantInvoke(nobody, "other").success).toBe(false);
        expect(service.grantManageConnections(nobody).success).toBe(false);
      },
    );
    const members = ["grantInvokeUrl", 'grantInvoke "other"', "grantManageConnections"];
    expect(mistakes).toEqual(members.map((property) => `${property}: ${sentence}`));
    const stack = new Stack(new App(), "Elsewhere");
    const elsewhere = BoxTokenService.fromAttributes(stack, "Box", {
      invokeFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:token-invoke",
    });
    expect(elsewhere.grantInvoke(nobody, "other").success).toBe(false);
    expect(mistakesOf(stack)).toEqual([`grantInvoke: ${sentence}`]);
  });

  test("a grant to a principal with conditions, which nothing would enforce, and grants nothing", () => {
    const office = { IpAddress: { "aws:SourceIp": "192.0.2.0/24" } };
    const bare = new ArnPrincipal("arn:aws:iam::123456789012:role/a");
    const mistakes = mistakesFor(
      () => ({ oauth: { apps: ["a"] }, sharedCache: true }),
      (service) => {
        const role = Role.fromRoleArn(Stack.of(service), "Role", bare.arn);
        for (const principal of [bare.withConditions(office), new PrincipalWithConditions(role, office)]) {
          expect(service.grantInvokeUrl(principal, { caller: "other" }).success).toBe(false);
          expect(service.grantInvoke(principal, "other").success).toBe(false);
          expect(service.grantManageConnections(principal).success).toBe(false);
        }
      },
    );
    const properties = ["grantInvokeUrl", 'grantInvoke "other"', "grantManageConnections"];
    expect([...new Set(mistakes)]).toEqual(
      properties.map((property) =>
        expect.stringContaining(`${property}: the conditions of the principal would not be enforced; grant`),
      ),
    );
  });

  test("a grant to no alias, and grants nothing", () => {
    const caller = new ArnPrincipal("arn:aws:iam::123456789012:role/a");
    const mistakes = mistakesFor(
      () => ({}),
      (service) => expect(service.grantInvoke(caller, undefined as unknown as string).success).toBe(false),
    );
    expect(mistakes).toEqual([expect.stringMatching(/an alias has 1 to 128/)]);
  });

  test.each(["7", "a.b", "$LATEST", ""])("the alias %j, and grants nothing", (name) => {
    const caller = new ArnPrincipal("arn:aws:iam::123456789012:role/a");
    const mistakes = mistakesFor(
      () => ({}),
      (service) => expect(service.grantInvoke(caller, name).success).toBe(false),
    );
    expect(mistakes).toEqual([expect.stringMatching(/an alias has 1 to 128/)]);
  });

  test.each([[[]], [["vpc-0a"]]])("the VPC endpoints %j, and grants nothing", (allowFromVpcEndpoints) => {
    const caller = new ArnPrincipal("arn:aws:iam::123456789012:role/a");
    const mistakes = mistakesFor(
      () => ({}),
      (service) => expect(service.grantInvoke(caller, "a", { allowFromVpcEndpoints }).success).toBe(false),
    );
    expect(mistakes).toEqual([expect.stringMatching(/^grantInvoke "a": .*write them like vpce-/)]);
  });

  test("a misspelt option of a grant, and grants nothing: it would restrict nothing", () => {
    const role = new ArnPrincipal("arn:aws:iam::123456789012:role/other");
    const options: object = { allowFromVpcEndpoint: ["vpce-0123456789abcdef0"] };
    const mistakes = mistakesFor(
      () => ({}),
      (service) => {
        expect(service.grantInvoke(role, "other", options).success).toBe(false);
        expect(service.grantInvokeUrl(role, { Caller: "other" } as object).success).toBe(false);
      },
    );
    expect(mistakes).toEqual([
      expect.stringMatching(
        /^grantInvoke "other": allowFromVpcEndpoint: there is no such property.* Did you mean allowFromVpcEndpoints\?$/,
      ),
      expect.stringMatching(/^grantInvokeUrl: Caller: .* Did you mean caller\?$/),
    ]);
  });
});
