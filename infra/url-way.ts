import { Token } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { matchesCaller } from "../schemas/caller-pattern.ts";
import type { Policy } from "../schemas/policy.ts";
import { granteeArn } from "./grantee.ts";
import { LambdaResourcePolicy } from "./resource-policy.ts";

/**
 * The Function URL of `token-url`: the only way to it, because whoever invokes a function directly writes the
 * whole event, the identity included.
 */
export class UrlWay extends Construct {
  readonly url: string;
  readonly #resourcePolicy: LambdaResourcePolicy;
  readonly #callers: string[] = [];

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
    this.#callers.push(granteeArn(this, grantee, member, crossAccount));
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

  /** Callers that no statement names, and statements that nobody can use. Names known only at deploy fit anything. */
  mismatches({ statements }: Policy): readonly string[] {
    const known = this.#callers.filter((arn) => !Token.isUnresolved(arn));
    const unheard = known
      .filter((iam) => !statements.some(({ caller }) => matchesCaller(caller, { iam })))
      .map((iam) => `No statement of the policy names the caller ${iam}; add one, or take its grant away.`);
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
