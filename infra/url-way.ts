import { Annotations } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { matchesCaller } from "../schemas/caller-pattern.ts";
import { didYouMean } from "../schemas/nearest.ts";
import type { Policy } from "../schemas/policy.ts";
import { granteeArn } from "./grantee.ts";
import { knownArn } from "./known-arn.ts";
import { LambdaResourcePolicy } from "./resource-policy.ts";

/**
 * The Function URL of `token-url`: the only way to it, because whoever invokes a function directly writes the
 * whole event, the identity included.
 */
export class UrlWay extends Construct {
  readonly url: string;
  readonly #resourcePolicy: LambdaResourcePolicy;
  /** ARNs, `undefined` where only the deployment knows it. */
  readonly #callers: (string | undefined)[] = [];

  /** @param denyLatest whether `$LATEST` gets a resource policy too */
  constructor(scope: Construct, id: string, target: LambdaFunction, denyLatest: boolean) {
    super(scope, id);
    const functionUrl = new FunctionUrl(this, "Url", {
      function: target,
      authType: FunctionUrlAuthType.AWS_IAM,
    });
    this.url = functionUrl.url;
    const deny = (policyId: string, arn: string) =>
      new LambdaResourcePolicy(this, policyId, {
        arn,
        label: "token-url (grantUrl)",
        sid: "OnlyThroughTheFunctionUrl",
        deniedIf: { BoolIfExists: { "lambda:InvokedViaFunctionUrl": "false" } },
      });
    this.#resourcePolicy = deny("ResourcePolicy", target.functionArn);
    functionUrl.node.addDependency(this.#resourcePolicy);
    if (denyLatest) functionUrl.node.addDependency(deny("LatestPolicy", `${target.functionArn}:$LATEST`));
  }

  /** Both actions, each for calls through the URL alone. */
  grant(grantee: IGrantable, member: string, crossAccount: boolean): Grant {
    const arn = knownArn(grantee, granteeArn(this, grantee, member, crossAccount));
    this.#callers.push(arn);
    if (arn === undefined) this.#warnOfUnknown(grantee, member);
    const common = { grantee, resource: this.#resourcePolicy, resourceArns: [this.#resourcePolicy.arn] };
    return Grant.addToPrincipalOrResource({
      ...common,
      actions: ["lambda:InvokeFunctionUrl"],
      conditions: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
    }).combine(
      Grant.addToPrincipalOrResource({
        ...common,
        actions: ["lambda:InvokeFunction"],
        conditions: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
      }),
    );
  }

  /** Such a caller passes the synth whatever the policy says, and is refused at its first request. */
  #warnOfUnknown({ grantPrincipal }: IGrantable, member: string): void {
    const who = Construct.isConstruct(grantPrincipal) ? grantPrincipal.node.path : "the caller";
    Annotations.of(this).addWarningV2(
      `box-sts:unknown-caller-${this.#callers.length}`,
      `${member}: the ARN of ${who} is known only at deploy, so that it cannot be compared with the policy, whose statements name callers by ARN; give it a roleName (or userName) that a statement names, in a stack with account and region, or use grantInvoke, where the alias names the caller.`,
    );
  }

  /** Callers that no statement names, and statements that nobody can use. Names known only at deploy fit anything. */
  mismatches({ statements }: Policy): readonly string[] {
    const known = this.#callers.filter((arn) => arn !== undefined);
    const named = statements.flatMap(({ caller }) => ("iam" in caller ? [caller.iam] : []));
    const unheard = known
      .filter((iam) => !statements.some(({ caller }) => matchesCaller(caller, { iam })))
      .map(
        (iam) =>
          `No statement of the policy names the caller ${iam}; add one, or take its grant away.${didYouMean(iam, named)}`,
      );
    if (known.length < this.#callers.length) return unheard;
    const unused = statements
      .filter(({ caller }) => "iam" in caller && !known.some((iam) => matchesCaller(caller, { iam })))
      .map(
        ({ id }) =>
          `The policy's statement ${id} names a caller that may not call the Function URL; grant it the URL (callers with url: true, or grantUrl), or remove the statement.`,
      );
    return [...unheard, ...unused];
  }
}
