import type { Policy } from "aws-cdk-lib/aws-iam";
import { CfnUrl, FunctionUrlAuthType, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { LambdaResourcePolicy } from "./resource-policy.ts";

/** Needed by a Function URL without authentication: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-auth-none */
const ALLOWED_TO_ALL = [
  {
    action: "lambda:InvokeFunctionUrl",
    conditions: { StringEquals: { "lambda:FunctionUrlAuthType": FunctionUrlAuthType.NONE } },
  },
  { action: "lambda:InvokeFunction", conditions: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } } },
] as const;

interface PublicFunctionUrlProps {
  readonly target: LambdaFunction;
  /** What the sentences of the synth call the function. */
  readonly label: string;
  /** By which the function reads secrets: it waits for the resource policy. */
  readonly secretAccess: Policy;
}

/**
 * A Function URL without authentication, which any request on the internet may reach, and the only access to its function.
 * A direct caller would write the whole event, such as the host name that Lambda sets and the source address of the log, so
 * that the resource policy denies it to every principal.
 */
export class PublicFunctionUrl extends Construct {
  /** With a slash at its end. */
  readonly url: string;

  constructor(scope: Construct, id: string, { target, label, secretAccess }: PublicFunctionUrlProps) {
    super(scope, id);
    const resourcePolicy = new LambdaResourcePolicy(this, "ResourcePolicy", {
      arn: target.functionArn,
      label,
      sid: "OnlyThroughTheFunctionUrl",
      deniedIf: { BoolIfExists: { "lambda:InvokedViaFunctionUrl": "false" } },
    });
    for (const { action, conditions } of ALLOWED_TO_ALL) resourcePolicy.allowEveryone(action, conditions);
    // L1, because the L2 adds AWS::Lambda::Permission, which writes into the same policy.
    const functionUrl = new CfnUrl(this, "Url", {
      targetFunctionArn: target.functionArn,
      authType: FunctionUrlAuthType.NONE,
    });
    secretAccess.node.addDependency(resourcePolicy);
    // A function that starts before it may read its secrets would serve no request until it tries again.
    functionUrl.node.addDependency(resourcePolicy, secretAccess);
    this.url = functionUrl.attrFunctionUrl;
  }
}
