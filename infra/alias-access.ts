import { Duration, Token } from "aws-cdk-lib";
import { Grant, type IGrantable, PolicyDocument, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { Alias, type IVersion, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { CALLER_NAME } from "../schemas/policy/caller.ts";
import { type GrantOptions, granteeArn, withoutCircularDependency } from "./grantee.ts";
import { knownArn } from "./known-arn.ts";
import { LambdaResourcePolicy } from "./resource-policy.ts";
import { SynthError } from "./synth-error.ts";

/** Options of a grant to call an alias. */
export interface AliasGrantOptions extends GrantOptions {
  /**
   * Ids of interface endpoints for `lambda`, through one of which the caller's requests have to come.
   * @default from anywhere
   */
  readonly allowFromVpcEndpoints?: readonly string[];
}

const ACTION = "lambda:InvokeFunction";

/** No caller waits for the response to an asynchronous invocation, so a retry serves none. */
const NO_REPETITION = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };

interface AliasGrant {
  /** The endpoints through which its requests have to come, as text. */
  readonly endpoints: string;
  /** ARN of the caller as far as it is known, else the token. */
  readonly caller: string;
  /** Of the alias. */
  readonly arn: string;
  readonly grant: Grant;
}

/**
 * Direct invokes of `token-invoke`: one alias for each caller, which is its whole identity. Each alias denies every
 * principal but its caller, and the function without an alias denies every principal.
 */
export class AliasAccess extends Construct {
  readonly #target: LambdaFunction;
  readonly #unqualified: LambdaResourcePolicy;
  readonly #aliases = new Map<string, AliasGrant>();

  /** @param denyLatest whether `$LATEST` gets a resource policy too */
  constructor(scope: Construct, id: string, target: LambdaFunction, denyLatest: boolean) {
    super(scope, id);
    this.#target = target;
    target.configureAsyncInvoke(NO_REPETITION);
    const deny = (policyId: string, arn: string) =>
      new LambdaResourcePolicy(this, policyId, { arn, label: "token-invoke", sid: "OnlyThroughAnAlias" });
    // No alias can have these ids.
    this.#unqualified = deny("$UNQUALIFIED", target.functionArn);
    if (denyLatest) deny("$LATEST", `${target.functionArn}:$LATEST`);
  }

  /** By the name of the alias. */
  get arns(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#aliases].map(([name, { arn }]) => [name, arn]));
  }

  /**
   * Makes the alias, lets the grantee invoke it and denies it to every other principal. Repeating a grant
   * changes nothing.
   */
  grant(
    grantee: IGrantable,
    name: string,
    property: string,
    { crossAccount = false, allowFromVpcEndpoints: endpoints }: AliasGrantOptions,
  ): Grant {
    checkAliasName(name, property);
    const arn = granteeArn(this, grantee, property, crossAccount);
    if (endpoints !== undefined) checkEndpoints(endpoints, property);
    const caller = knownArn(grantee, arn) ?? arn;
    const known = this.#aliases.get(name);
    if (known !== undefined) {
      if (known.caller !== caller) {
        throw new SynthError(
          `${property}: the alias "${name}" is another caller's; give each caller its own alias.`,
        );
      }
      if (known.endpoints === endpointsText(endpoints)) return known.grant;
      throw new SynthError(
        `${property}: the alias is granted with other allowFromVpcEndpoints already; grant it once, with all of them.`,
      );
    }
    // The cast: CDK's own types disagree under exactOptionalPropertyTypes.
    const version = this.#target.currentVersion as IVersion;
    const alias = new Alias(this, name, { aliasName: name, version });
    alias.configureAsyncInvoke(NO_REPETITION);
    alias.node.addDependency(this.#unqualified);
    const resource = new LambdaResourcePolicy(alias, "Policy", {
      arn: alias.functionArn,
      label: `the alias ${name}`,
      sid: "OnlyItsCaller",
      // A request of an AWS service has no such key, which a negated operator takes for a difference.
      deniedIf: { ArnNotEquals: { "aws:PrincipalArn": arn } },
    });
    if (endpoints !== undefined) {
      // A request that comes through no endpoint has no such key, which a negated operator takes for a difference.
      resource.denyDirectInvocation("OnlyFromItsVpcEndpoints", {
        StringNotEquals: { "aws:SourceVpce": [...endpoints] },
      });
    }
    const grant = Grant.addToPrincipalOrResource({
      grantee: withoutCircularDependency(this, grantee, arn, {
        ...{ target: this.#target, property, functionName: "tokenInvoke" },
        callerPolicy: `service.aliasCallerPolicy("${name}")`,
      }),
      resource,
      actions: [ACTION],
      resourceArns: [resource.arn],
    });
    this.#aliases.set(name, { caller, endpoints: endpointsText(endpoints), arn: resource.arn, grant });
    return grant;
  }

  /**
   * What an administrator of another account gives to the caller there, besides the grant here.
   * @throws {SynthError} for an alias without a grant
   */
  callerPolicy(name: string): PolicyDocument {
    const known = this.#aliases.get(name);
    if (known === undefined) {
      throw new SynthError(`There is no alias "${name}"; grant it first (grantInvoke).`);
    }
    return new PolicyDocument({
      statements: [new PolicyStatement({ actions: [ACTION], resources: [known.arn] })],
    });
  }
}

/** @throws {SynthError} */
/** @throws {SynthError} for what is no name of an alias, such as `*` or the number of a version */
export function checkAliasName(name: string, property: string): void {
  // A program without types may give none, of which the text would be a name.
  if (typeof name === "string" && CALLER_NAME.test(name)) return;
  throw new SynthError(
    `${property}: an alias has 1 to 128 letters, digits, dashes and underscores and is not digits alone; rename it.`,
  );
}

function checkEndpoints(endpoints: readonly string[], property: string): void {
  if (
    endpoints.length > 0 &&
    endpoints.every((id) => Token.isUnresolved(id) || /^vpce-[0-9a-f]+$/.test(id))
  ) {
    return;
  }
  throw new SynthError(
    `${property}: allowFromVpcEndpoints takes ids of VPC endpoints, at least one; write them like vpce-0123456789abcdef0.`,
  );
}

/** Equal for the same endpoints in any order. */
const endpointsText = (endpoints: readonly string[] | undefined): string =>
  endpoints === undefined ? "anywhere" : [...endpoints].sort().join(" ");
