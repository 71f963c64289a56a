import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, PhysicalName, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { describe, expect, test } from "vitest";
import { BoxTokenService, type BoxTokenServiceProps } from "../../infra/index.ts";
import { type Deployment, mistakesOf, newFolder, ofType } from "./deployment.ts";
import { lineOf, permissionsOf } from "./permissions.ts";
import { ENV, policyOf } from "./service.ts";

const OTHER = "999999999999";
const NAMED = { functionNames: { tokenUrl: "box-token-url", tokenInvoke: "box-token-invoke" } };

/** The construct, and a role that a stack of another account makes in the same app. */
function twoStacks(
  props: Partial<BoxTokenServiceProps> = {},
  roleName: string | undefined = "xreports",
  accounts = { service: ENV.account as string | undefined, role: OTHER as string | undefined },
) {
  const app = new App({ outdir: newFolder(), context: { "aws:cdk:bundling-stacks": [] } });
  const envOf = (account: string | undefined) => (account === undefined ? {} : { env: { ...ENV, account } });
  const roles = new Stack(app, "Roles", envOf(accounts.role));
  const stack = new Stack(app, "Theirs", envOf(accounts.service));
  const policy = join(newFolder(), "policy.json");
  writeFileSync(policy, JSON.stringify(policyOf({ name: "reports" }, { alias: "nightly" })));
  const apps = [{ name: "reports", createSecret: "box/reports" }];
  const service = new BoxTokenService(stack, "Service", { apps, policy, ...props });
  const assumedBy = new ServicePrincipal("lambda.amazonaws.com");
  const role = new Role(roles, "Caller", { assumedBy, ...(roleName === "" ? {} : { roleName }) });
  const grantBoth = () => [
    service.grantInvokeUrl(role, { caller: "reports", crossAccount: true }),
    service.grantInvoke(role, "nightly", { crossAccount: true }),
  ];
  /** What a whole synth makes of both stacks: throws where one waits for the other. */
  const synth = () => {
    const assembly = app.synth();
    const of = ({ stackName }: Stack): Deployment["resources"] =>
      assembly.getStackByName(stackName).template.Resources;
    return { here: of(stack), there: of(roles) };
  };
  const warnings = () =>
    Annotations.fromStack(stack)
      .findWarning("*", Match.anyValue())
      .map(({ entry }) => String(entry.data))
      // CDK has a warning of its own for what one stack refers to in another.
      .filter((text) => text.includes("box-sts:"))
      .toSorted();
  return { roles, stack, service, role, grantBoth, synth, warnings };
}

const ofCaller = (resources: Deployment["resources"], who: string) =>
  permissionsOf({ resources })
    .filter(
      ({ effect, condition, principal }) => effect === "Allow" && `${condition}${principal}`.includes(who),
    )
    .map(lineOf);

describe("a role that a stack of another account makes in the same app", () => {
  test("gets both halves of its grants where the functions are named, and neither stack waits for the other", () => {
    const { roles, stack, grantBoth, synth, warnings } = twoStacks(NAMED);
    expect(grantBoth().map(({ success }) => success)).toEqual([true, true]);
    expect(mistakesOf(stack)).toEqual([]);
    const { here, there } = synth();
    const policies = ofType({ resources: there }, "AWS::IAM::Policy");
    const document = JSON.stringify(policies.map(([, { Properties }]) => Properties.PolicyDocument));
    for (const name of [
      ...[":lambda:eu-central-1:123456789012:function:box-token-url", "function:box-token-invoke:nightly"],
      ...["lambda:InvokeFunctionUrl", "lambda:InvokedViaFunctionUrl"],
    ]) {
      expect(document).toContain(name);
    }
    expect(ofCaller(here, "xreports")).toHaveLength(3);
    expect([stack.dependencies, roles.dependencies]).toEqual([[], []]);
    expect(warnings()).toEqual([]);
  });

  test("gets its half by name of the service's functions also where CDK makes up the role's name", () => {
    const { grantBoth, synth } = twoStacks(NAMED, PhysicalName.GENERATE_IF_NEEDED);
    grantBoth();
    expect(ofType({ resources: synth().there }, "AWS::IAM::Policy")).toHaveLength(1);
  });

  test("gives a warning for each grant where CloudFormation makes up the functions' names, which stay as they are", () => {
    const { grantBoth, synth, warnings } = twoStacks();
    grantBoth();
    expect(warnings()).toEqual([
      expect.stringMatching(
        /^grantInvoke "nightly": Roles\/Caller gets no statement .*functionNames\.tokenInvoke.*service\.aliasCallerPolicy\("nightly"\)/,
      ),
      expect.stringMatching(
        /^grantInvokeUrl: Roles\/Caller gets no statement in its own policy.*functionNames\.tokenUrl.*service\.urlCallerPolicy\(\)/,
      ),
    ]);
    const { here, there } = synth();
    expect(ofType({ resources: there }, "AWS::IAM::Policy")).toEqual([]);
    expect(ofCaller(here, "xreports")).toHaveLength(3);
    for (const [, { Properties }] of ofType({ resources: here }, "AWS::Lambda::Function")) {
      expect(Properties).not.toHaveProperty("FunctionName");
    }
  });

  test("gives a warning where only the deployment knows the account of the functions", () => {
    const accounts = { service: undefined, role: OTHER };
    const { grantBoth, synth, warnings } = twoStacks(NAMED, "xreports", accounts);
    grantBoth();
    expect(warnings()).toHaveLength(2);
    expect(ofType({ resources: synth().there }, "AWS::IAM::Policy")).toEqual([]);
  });

  test("is refused with a sentence where CloudFormation makes up its name", () => {
    const { stack, grantBoth } = twoStacks(NAMED, "");
    expect(grantBoth().map(({ success }) => success)).toEqual([false, false]);
    expect(mistakesOf(stack)).toEqual([
      expect.stringMatching(
        /^grantInvokeUrl: the name of Roles\/Caller is known only at deploy.*give it a name/,
      ),
      expect.stringMatching(/^grantInvoke "nightly": the name of Roles\/Caller /),
    ]);
  });
});

test("a named role of another stack of the same account makes no circle with named functions, and gives no warning", () => {
  const same = { service: ENV.account, role: ENV.account };
  const { roles, stack, grantBoth, synth, warnings } = twoStacks(NAMED, "", same);
  grantBoth();
  const { there } = synth();
  expect(ofType({ resources: there }, "AWS::IAM::Policy")).toEqual([]);
  expect([stack.dependencies, roles.dependencies]).toEqual([[roles], []]);
  expect(warnings()).toEqual([]);
});
