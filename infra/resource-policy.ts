import { ArnFormat, Lazy, Resource, Stack } from "aws-cdk-lib";
import {
  type AddToResourcePolicyResult,
  AnyPrincipal,
  type Condition,
  Effect,
  type IPrincipal,
  type IResourceWithPolicyV2,
  PolicyDocument,
  PolicyStatement,
  StarPrincipal,
} from "aws-cdk-lib/aws-iam";
import { CfnResourcePolicy } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { reportAtSynth } from "./report-errors.ts";

/** All actions that run a function directly; `InvokeAsync` is deprecated, and an action of its own. */
const DIRECT_INVOCATION = ["lambda:InvokeAsync", "lambda:InvokeFunction"];

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

/** The roles and users of one Allow. */
interface Allowed {
  readonly arns: Set<string>;
  readonly accounts: Set<string>;
}

/**
 * The resource policy of one Lambda function or alias, which begins with a Deny of direct invocations.
 * An Allow alone would exclude no principal: within one account an identity policy suffices. It is the whole policy:
 * `AWS::Lambda::Permission` cannot express a Deny, and what one appends is gone when this policy is next written.
 *
 * An Allow names its roles and users in the condition `aws:PrincipalArn`. As `Principal` AWS would store their unique
 * ids, and a role that is deleted and made again would be refused until the policy is written again; ARNs in conditions
 * stay as they are. `Principal` is then `*` and not the account, because a statement for an account delegates to it:
 * the role's own policy would have to allow the call too, also within the service's account.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-roles
 */
export class LambdaResourcePolicy extends Resource implements IResourceWithPolicyV2 {
  readonly arn: string;
  readonly #document = new PolicyDocument({ minimize: false });
  readonly #policy: CfnResourcePolicy;
  /** By actions and conditions, so that many callers need one statement: the policy's length is limited. */
  readonly #allowed = new Map<string, Allowed>();

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

  /** Allows the action to every principal, and to requests without one, where the conditions hold. */
  allowEveryone(action: string, conditions: Readonly<Record<string, Condition>>): void {
    this.#document.addStatements(
      new PolicyStatement({
        principals: [new StarPrincipal()],
        actions: [action],
        resources: [this.arn],
        conditions,
      }),
    );
  }

  /** Adds the principals to the Allow of the same actions and conditions, or begins one. */
  addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult {
    const { actions, conditions } = statement;
    const key = JSON.stringify([actions, Stack.of(this).resolve(conditions)]);
    const allowed = this.#allowed.get(key) ?? this.#allow(key, actions, conditions);
    for (const principal of statement.principals) {
      for (const arn of arnsOf(principal)) {
        allowed.arns.add(arn);
        allowed.accounts.add(this.#accountOf(principal, arn));
      }
    }
    return { statementAdded: true, policyDependable: this.#policy };
  }

  #allow(key: string, actions: string[], { ArnEquals, StringEquals, ...others }: ConditionsOf): Allowed {
    const allowed: Allowed = { arns: new Set(), accounts: new Set() };
    this.#allowed.set(key, allowed);
    const listOf = (values: Set<string>) => Lazy.any({ produce: () => [...values] });
    this.#document.addStatements(
      new PolicyStatement({
        principals: [new AnyPrincipal()],
        actions,
        resources: [this.arn],
        conditions: {
          ...others,
          ArnEquals: { ...ArnEquals, "aws:PrincipalArn": listOf(allowed.arns) },
          StringEquals: { ...StringEquals, "aws:PrincipalAccount": listOf(allowed.accounts) },
        },
      }),
    );
    return allowed;
  }

  #accountOf({ principalAccount }: IPrincipal, arn: string): string {
    const { account } = Stack.of(this).splitArn(arn, ArnFormat.SLASH_RESOURCE_NAME);
    return principalAccount ?? account ?? Stack.of(this).account;
  }

  #tooLong(label: string): string[] {
    const length = lengthOf(Stack.of(this).resolve(this.#document));
    if (length <= MAX_POLICY_LENGTH) return [];
    return [
      `The resource policy of ${label} would have about ${length} characters, and Lambda allows ${MAX_POLICY_LENGTH}; let callers share a role, or deploy a second service for some of them.`,
    ];
  }
}

type ConditionsOf = Readonly<Record<string, Readonly<Record<string, Condition>>>>;

const arnsOf = ({ policyFragment }: IPrincipal): readonly string[] => policyFragment.principalJson.AWS ?? [];

/** Length of the JSON text, in which each reference counts as a long ARN. */
function lengthOf(resolved: unknown): number {
  return JSON.stringify(resolved, (_, value: unknown) => (isReference(value) ? LONG_ARN : value)).length;
}

function isReference(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const names = Object.keys(value);
  return names.length === 1 && names.every((name) => /^(?:Ref|Fn::[A-Za-z]+)$/.test(name));
}
