import { Resource, Stack } from "aws-cdk-lib";
import {
  type AddToResourcePolicyResult,
  type Condition,
  Effect,
  type IResourceWithPolicyV2,
  PolicyDocument,
  PolicyStatement,
  StarPrincipal,
} from "aws-cdk-lib/aws-iam";
import { CfnResourcePolicy } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { reportAtSynth } from "./mistakes.ts";

/** All actions that run a function directly; `InvokeAsync` is deprecated, and an action of its own. */
const DIRECT_INVOCATION = ["lambda:InvokeFunction", "lambda:InvokeAsync"];

/** Lambda's limit for one resource policy, in characters. */
const MAX_POLICY_LENGTH = 20_480;
/** What only the deployment knows, rounded up: the ARN of a function, an alias or a role. */
const LONG_ARN = "-".repeat(170);

interface LambdaResourcePolicyProps {
  /** The function, version or alias that the policy is attached to, which is the only one that it applies to. */
  readonly arn: string;
  /** What callers know the resource by, for the sentence about the size. */
  readonly label: string;
  /** Name of the Deny. */
  readonly sid: string;
  /** When a direct invocation is denied; absent: always. */
  readonly deniedIf?: Readonly<Record<string, Condition>>;
}

/**
 * The resource policy of one Lambda function or alias, which begins with a Deny of direct invocations, because an
 * Allow in it keeps nobody out: within one account an identity policy suffices. It is the whole policy:
 * `AWS::Lambda::Permission` cannot say Deny, and one beside this would be overwritten.
 */
export class LambdaResourcePolicy extends Resource implements IResourceWithPolicyV2 {
  readonly arn: string;
  readonly #document = new PolicyDocument({ minimize: true });
  readonly #policy: CfnResourcePolicy;

  constructor(scope: Construct, id: string, { arn, label, sid, deniedIf }: LambdaResourcePolicyProps) {
    super(scope, id);
    this.arn = arn;
    this.denyDirectInvocation(sid, deniedIf);
    this.#policy = new CfnResourcePolicy(this, "Resource", {
      resourceArn: arn,
      policyDocument: this.#document,
    });
    reportAtSynth(this, () => this.#tooLong(label));
  }

  /** Denies every principal to run the function directly. @param deniedIf absent: always */
  denyDirectInvocation(sid: string, deniedIf?: Readonly<Record<string, Condition>>): void {
    this.#document.addStatements(
      new PolicyStatement({
        sid,
        effect: Effect.DENY,
        principals: [new StarPrincipal()],
        actions: DIRECT_INVOCATION,
        resources: [this.arn],
        ...(deniedIf === undefined ? {} : { conditions: deniedIf }),
      }),
    );
  }

  addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult {
    this.#document.addStatements(statement);
    return { statementAdded: true, policyDependable: this.#policy };
  }

  #tooLong(label: string): string[] {
    const length = lengthOf(Stack.of(this).resolve(this.#document));
    if (length <= MAX_POLICY_LENGTH) return [];
    return [
      `The resource policy of ${label} would have about ${length} characters, and Lambda allows ${MAX_POLICY_LENGTH}; let callers share a role, or deploy a second service for some of them.`,
    ];
  }
}

/** Length of the JSON text, in which each reference counts as a long ARN. */
function lengthOf(resolved: unknown): number {
  return JSON.stringify(resolved, (_, value: unknown) => (isReference(value) ? LONG_ARN : value)).length;
}

function isReference(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const [name, ...others] = Object.keys(value);
  return others.length === 0 && /^(?:Ref|Fn::[A-Za-z]+)$/.test(name ?? "");
}
