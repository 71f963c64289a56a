import { Aws, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { ArnPrincipal, type IGrantable, Role, ServicePrincipal, User } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { ofType } from "./deployment.ts";
import { ENV, namesIn, role, serviceFor } from "./service.ts";

const lambda = new ServicePrincipal("lambda.amazonaws.com");

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

  test("needs no variable where no caller has a name", () => {
    const { service, resources } = serviceFor([{ iam: role("a") }]);
    service.grantInvokeUrl(new ArnPrincipal(role("a")));
    expect(namesIn(resources())).toBeUndefined();
  });

  test("a name that the policy lacks fails the synth, and so does a statement whose name has no grant", () => {
    const { service, errors } = serviceFor([{ name: "reports" }, { name: "nightly" }]);
    service.grantInvokeUrl(new ArnPrincipal(role("a")), { caller: "report" });
    service.grantInvokeUrl(new ArnPrincipal(role("b")), { caller: "nightly" });
    expect(errors()).toEqual([
      'No statement of the policy names the caller "report"; add one with "caller": { "name": "report" }, or take the name away. Did you mean reports?',
      'The policy\'s statement s0 names the caller "reports", and no principal is granted this name; grant it (callers with name, or grantInvokeUrl with caller), or remove the statement. Did you mean report?',
    ]);
  });

  test.each(["12", "a b", "a.b", "*", ""])("is refused as %j", (caller) => {
    const { service, errors } = serviceFor([]);
    expect(service.grantInvokeUrl(new ArnPrincipal(role("a")), { caller }).success).toBe(false);
    expect(errors()).toEqual([
      expect.stringMatching(/^grantInvokeUrl: a caller's name has 1 to 128 letters/),
    ]);
  });

  test("is one for each principal", () => {
    const { service, errors } = serviceFor([]);
    const principal = new ArnPrincipal(role("a"));
    service.grantInvokeUrl(principal, { caller: "one" });
    expect(service.grantInvokeUrl(principal, { caller: "two" }).success).toBe(false);
    expect(service.grantInvokeUrl(principal).success).toBe(false);
    expect(errors()).toEqual([
      expect.stringContaining(
        'the caller has the name "one" already and cannot have "two" too; grant it once',
      ),
      expect.stringMatching(/"one" already and cannot have none too/),
    ]);
  });

  test("does not go to two roles that differ in their path only, because no session distinguishes them", () => {
    const { stack, service, errors } = serviceFor([]);
    service.grantInvokeUrl(new ArnPrincipal(role("a/reports")), { caller: "one" });
    service.grantInvokeUrl(new ArnPrincipal(role("b/reports")), { caller: "two" });
    service.grantInvokeUrl(new Role(stack, "Named", { assumedBy: lambda, roleName: "reports" }));
    expect(errors()).toEqual([
      expect.stringMatching(
        /role\/b\/reports and .*role\/a\/reports differ in their path only, which a session does not report/,
      ),
      expect.stringMatching(/differ in their path only/),
    ]);
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

test.each<[string, (stack: Stack) => IGrantable]>([
  ["a role imported by its name", (stack) => Role.fromRoleName(stack, "Caller", "a")],
  ["a user imported by its name", (stack) => User.fromUserName(stack, "Caller", "ann")],
  [
    "an ARN with the stack's partition",
    () => new ArnPrincipal(`arn:${Aws.PARTITION}:iam::123456789012:role/a`),
  ],
])("grants the Function URL and an alias to %s", (_, caller) => {
  const { stack, service, errors } = serviceFor([{ name: "reports" }, { alias: "nightly" }]);
  const grantee = caller(stack);
  const grants = [
    service.grantInvokeUrl(grantee, { caller: "reports" }),
    service.grantInvoke(grantee, "nightly"),
  ];
  expect(errors()).toEqual([]);
  expect(grants.map(({ success }) => success)).toEqual([true, true]);
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
    const { stack, service, errors } = serviceFor([{ alias: "nightly" }]);
    const imports = ["A", "B"].map((id) => Role.fromRoleArn(stack, id, role("team/reports")));
    const [first, second] = imports.map((each) => service.grantInvoke(each, "nightly"));
    expect(second).toBe(first);
    service.grantInvoke(new ArnPrincipal(role("other")), "nightly");
    expect(errors()).toEqual([expect.stringContaining("another caller's")]);
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
