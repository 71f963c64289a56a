import { Annotations, Lazy, Stack } from "aws-cdk-lib";
import { Grant, type IGrantable, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { CALLER_NAME } from "../schemas/policy/caller.ts";
import { withoutRolePath } from "../schemas/policy/caller-pattern.ts";
import type { UrlCaller } from "./granted-callers.ts";
import { type GrantOptions, granteeArn, withoutCircularDependency } from "./grantee.ts";
import { knownArn } from "./known-arn.ts";
import { LambdaResourcePolicy } from "./resource-policy.ts";
import { SynthError } from "./synth-error.ts";

/** How a caller may call the Function URL. */
export interface UrlGrantOptions extends GrantOptions {
  /**
   * The name by which the policy knows the caller (`"caller": { "name": … }`): 1 to 128 letters, digits, dashes and
   * underscores. A role or user has one name; several may have the same.
   * @default none: the policy names the ARN, which has to be known at synth to be compared
   */
  readonly caller?: string;
}

/** What a caller of a Function URL needs, since October 2025 both: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html */
const ACTIONS = [
  {
    actions: ["lambda:InvokeFunctionUrl"],
    conditions: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
  },
  {
    actions: ["lambda:InvokeFunction"],
    conditions: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
  },
] as const;

interface UrlGrant extends UrlCaller {
  /** Of the caller; may be a token. */
  readonly principal: string;
  readonly grant: Grant;
}

/**
 * The Function URL of `token-url`: the only access to it, because a caller who invokes a function directly writes the
 * whole event, the identity included.
 */
export class FunctionUrlAccess extends Construct {
  readonly url: string;
  readonly target: LambdaFunction;
  readonly #resourcePolicy: LambdaResourcePolicy;
  /** By the ARN of the caller as far as it is known, else the token. */
  readonly #grants = new Map<string, UrlGrant>();

  /** @param denyLatest whether `$LATEST` gets a resource policy too */
  constructor(scope: Construct, id: string, target: LambdaFunction, denyLatest: boolean) {
    super(scope, id);
    this.target = target;
    const functionUrl = new FunctionUrl(this, "Url", {
      function: target,
      authType: FunctionUrlAuthType.AWS_IAM,
    });
    this.url = functionUrl.url;
    const deny = (policyId: string, arn: string) =>
      new LambdaResourcePolicy(this, policyId, {
        arn,
        label: "token-url (grantInvokeUrl)",
        sid: "OnlyThroughTheFunctionUrl",
        deniedIf: { BoolIfExists: { "lambda:InvokedViaFunctionUrl": "false" } },
      });
    this.#resourcePolicy = deny("ResourcePolicy", target.functionArn);
    functionUrl.node.addDependency(this.#resourcePolicy);
    if (denyLatest) functionUrl.node.addDependency(deny("LatestPolicy", `${target.functionArn}:$LATEST`));
  }

  get callers(): readonly UrlCaller[] {
    return [...this.#grants.values()];
  }

  /**
   * Both actions, each for calls through the URL alone, and the caller's name to the function. The same grant a second
   * time is the first one.
   */
  grant(
    grantee: IGrantable,
    property: string,
    { caller: name, crossAccount = false }: UrlGrantOptions,
  ): Grant {
    if (name !== undefined && !CALLER_NAME.test(name)) {
      throw new SynthError(
        `${property}: a caller's name has 1 to 128 letters, digits, dashes and underscores and is not digits alone; rename it.`,
      );
    }
    const principal = granteeArn(this, grantee, property, crossAccount);
    const arn = knownArn(grantee, principal);
    const given = this.#grants.get(arn ?? principal);
    if (given !== undefined) {
      if (given.name === name) return given.grant;
      throw new SynthError(
        `${property}: the caller has the name ${nameText(given.name)} already and cannot have ${nameText(name)} too; grant it once, with the name that the policy has.`,
      );
    }
    this.#requireOwnName(arn, property);
    if (arn === undefined && name === undefined) this.#warnOfUnknown(grantee, property);
    // The function's variable refers to a caller that has a name.
    const to =
      name === undefined
        ? grantee
        : withoutCircularDependency(this, grantee, principal, {
            ...{ target: this.target, property, functionName: "tokenUrl" },
            callerPolicy: "service.urlCallerPolicy()",
          });
    const [first, ...others] = ACTIONS.map((each) => this.#allow(to, each));
    const grant = others.reduce((all, one) => all.combine(one), first as Grant);
    this.#grants.set(arn ?? principal, { principal, arn, name, grant });
    if (name !== undefined) this.#passNames();
    return grant;
  }

  /** What an administrator of another account gives to a caller there, besides the grant here. */
  callerPolicy(): PolicyDocument {
    const resources = [this.#resourcePolicy.arn];
    return new PolicyDocument({
      statements: ACTIONS.map(
        ({ actions, conditions }) => new PolicyStatement({ actions: [...actions], conditions, resources }),
      ),
    });
  }

  #allow(grantee: IGrantable, { actions, conditions }: (typeof ACTIONS)[number]): Grant {
    return Grant.addToPrincipalOrResource({
      grantee,
      actions: [...actions],
      conditions,
      resource: this.#resourcePolicy,
      resourceArns: [this.#resourcePolicy.arn],
    });
  }

  /** A session does not report its role's path, so that two such roles would be one caller to the function. */
  #requireOwnName(arn: string | undefined, property: string): void {
    if (arn === undefined) return;
    const known = this.callers.flatMap((caller) => caller.arn ?? []);
    const other = known.find((one) => withoutRolePath(one) === withoutRolePath(arn));
    if (other === undefined) return;
    throw new SynthError(
      `${property}: ${arn} and ${other} differ in their path only, which a session does not report, and an account has one role of a name; correct one of them.`,
    );
  }

  /** The variable names principals that CloudFormation may make up, so that it is complete at the deployment only. */
  #passNames(): void {
    this.target.addEnvironment("BOX_STS_CALLERS", Lazy.string({ produce: () => this.#principalsByName() }));
  }

  /** Property by property, because CDK resolves none that is called `__proto__`. */
  #principalsByName(): string {
    const principals = new Map<string, string[]>();
    for (const { name, principal } of this.#grants.values()) {
      if (name !== undefined) principals.set(name, [...(principals.get(name) ?? []), principal]);
    }
    const members = [...principals].map(
      ([name, arns]) => `${JSON.stringify(name)}:${Stack.of(this).toJsonString(arns)}`,
    );
    return `{${members.join(",")}}`;
  }

  /** Such a caller passes the synth whatever the policy contains, and is refused at its first request. */
  #warnOfUnknown({ grantPrincipal }: IGrantable, property: string): void {
    const who = Construct.isConstruct(grantPrincipal) ? grantPrincipal.node.path : "the caller";
    Annotations.of(this).addWarningV2(
      `box-sts:unknown-caller-${this.#grants.size + 1}`,
      `${property}: the ARN of ${who} is known only at deploy, so that it cannot be compared with the ARNs of the policy; give the caller a name that a statement has (grantInvokeUrl(role, { caller: "…" })), or grant it an alias with grantInvoke.`,
    );
  }
}

const nameText = (name: string | undefined): string => (name === undefined ? "none" : `"${name}"`);
