import { Duration, Stack, Token } from "aws-cdk-lib";
import { ArnPrincipal, Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Alias, type IVersion, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { matchesCaller } from "../schemas/caller-pattern.ts";
import { didYouMean } from "../schemas/nearest.ts";
import type { Policy } from "../schemas/policy.ts";
import { granteeArn } from "./grantee.ts";
import { LambdaResourcePolicy } from "./resource-policy.ts";
import { SynthError } from "./synth-error.ts";

const ALIAS = /^(?![0-9]+$)[A-Za-z0-9_-]{1,128}$/;

/** No caller waits for the answer to an asynchronous invocation, so that a repetition serves none. */
const NO_REPETITION = { retryAttempts: 0, maxEventAge: Duration.minutes(1) };

/**
 * Direct invokes of `token-invoke`: one alias for each caller, which is its whole identity. Each alias denies every
 * principal but its caller, and the function without an alias denies every principal.
 */
export class AliasWay extends Construct {
  readonly #target: LambdaFunction;
  readonly #unqualified: LambdaResourcePolicy;
  readonly #aliases = new Map<string, string>();

  /** @param denyLatest whether `$LATEST` gets a resource policy too */
  constructor(scope: Construct, id: string, target: LambdaFunction, denyLatest: boolean) {
    super(scope, id);
    this.#target = target;
    target.configureAsyncInvoke(NO_REPETITION);
    const deny = (policyId: string, arn: string) =>
      new LambdaResourcePolicy(this, policyId, { arn, label: "token-invoke", sid: "OnlyThroughAnAlias" });
    this.#unqualified = deny("ResourcePolicy", target.functionArn);
    if (denyLatest) deny("LatestPolicy", `${target.functionArn}:$LATEST`);
  }

  /** Makes the alias, lets the grantee invoke it and denies it to every other principal. */
  grant(grantee: IGrantable, name: string, member: string, crossAccount: boolean): Grant {
    if (!ALIAS.test(name)) {
      throw new SynthError(
        `${member}: an alias has 1 to 128 letters, digits, dashes and underscores and is not digits alone; rename it.`,
      );
    }
    const arn = granteeArn(this, grantee, member, crossAccount);
    if (this.#aliases.has(name)) {
      throw new SynthError(
        `${member}: the alias "${name}" is another caller's; give each caller its own alias.`,
      );
    }
    this.#aliases.set(name, arn);
    // The cast: CDK's own types disagree under exactOptionalPropertyTypes.
    const version = this.#target.currentVersion as IVersion;
    const alias = new Alias(this, name, { aliasName: name, version });
    alias.configureAsyncInvoke(NO_REPETITION);
    alias.node.addDependency(this.#unqualified);
    const resource = new LambdaResourcePolicy(this, `${name}Policy`, {
      arn: alias.functionArn,
      label: `the alias ${name}`,
      sid: "OnlyItsCaller",
      // A request of an AWS service has no such key, which a negated operator takes for a difference.
      deniedIf: { ArnNotEquals: { "aws:PrincipalArn": arn } },
    });
    return Grant.addToPrincipalOrResource({
      grantee: this.#withoutCircle(grantee, arn),
      resource,
      actions: ["lambda:InvokeFunction"],
      resourceArns: [resource.arn],
    });
  }

  /**
   * The Deny refers to the role; if the role's own policy, in another stack, referred to the alias, neither stack
   * could be deployed first. The Allow is then beside the Deny.
   */
  #withoutCircle(grantee: IGrantable, arn: string): IGrantable {
    const { grantPrincipal } = grantee;
    const elsewhere = Construct.isConstruct(grantPrincipal) && Stack.of(grantPrincipal) !== Stack.of(this);
    return elsewhere && Token.isUnresolved(arn) ? new ArnPrincipal(arn) : grantee;
  }

  /** Aliases that no statement names, and statements whose alias nobody may invoke. */
  mismatches({ statements }: Policy): readonly string[] {
    const names = [...this.#aliases.keys()];
    const named = statements.flatMap(({ caller }) => ("alias" in caller ? [caller.alias] : []));
    const unheard = names
      .filter((alias) => !statements.some(({ caller }) => matchesCaller(caller, { alias })))
      .map(
        (alias) =>
          `No statement of the policy names the alias "${alias}"; add one, or take its grant away.${didYouMean(alias, named)}`,
      );
    const unused = statements
      .filter(({ caller }) => "alias" in caller && !names.some((alias) => matchesCaller(caller, { alias })))
      .map(
        ({ id }) =>
          `The policy's statement ${id} names an alias that nobody may invoke; grant it (callers with alias, or grantInvoke), or remove the statement.`,
      );
    return [...unheard, ...unused];
  }
}
