import { Token } from "aws-cdk-lib";
import { AnyPrincipal, Effect, Grant, type IGrantable, PolicyStatement } from "aws-cdk-lib/aws-iam";
import {
  Alias,
  FunctionUrl,
  FunctionUrlAuthType,
  type IVersion,
  type Function as LambdaFunction,
} from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { matchesCaller } from "../schemas/caller-pattern.ts";
import type { Policy } from "../schemas/policy.ts";
import { granteeArn } from "./grantee.ts";
import { LambdaResourcePolicy } from "./resource-policy.ts";
import { SynthError } from "./synth-error.ts";

const ALIAS = /^(?![0-9]+$)[A-Za-z0-9_-]{1,128}$/;

/**
 * The Function URL of `token-url`: the only way to it, because whoever invokes a function directly writes the
 * whole event, the identity included.
 */
export class UrlWay extends Construct {
  readonly url: string;
  readonly #target: LambdaFunction;
  readonly #resourcePolicy: LambdaResourcePolicy;
  readonly #callers: string[] = [];

  constructor(scope: Construct, id: string, target: LambdaFunction) {
    super(scope, id);
    const functionUrl = new FunctionUrl(this, "Url", {
      function: target,
      authType: FunctionUrlAuthType.AWS_IAM,
    });
    this.url = functionUrl.url;
    this.#target = target;
    this.#resourcePolicy = new LambdaResourcePolicy(this, "ResourcePolicy", target.functionArn);
    this.#resourcePolicy.addToResourcePolicy(
      new PolicyStatement({
        sid: "OnlyThroughTheFunctionUrl",
        effect: Effect.DENY,
        principals: [new AnyPrincipal()],
        actions: ["lambda:InvokeFunction"],
        resources: [target.functionArn, `${target.functionArn}:*`],
        conditions: { BoolIfExists: { "lambda:InvokedViaFunctionUrl": "false" } },
      }),
    );
  }

  /** Both actions, each for calls through the URL alone. */
  grant(grantee: IGrantable, member: string, crossAccount: boolean): Grant {
    this.#callers.push(granteeArn(this, grantee, member, crossAccount));
    const common = { grantee, resource: this.#resourcePolicy, resourceArns: [this.#target.functionArn] };
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

/** Direct invokes of `token-invoke`: one alias for each caller, which is its whole identity. */
export class AliasWay extends Construct {
  readonly #target: LambdaFunction;
  readonly #aliases = new Map<string, string>();

  constructor(scope: Construct, id: string, target: LambdaFunction) {
    super(scope, id);
    this.#target = target;
  }

  /** Makes the alias and lets the grantee alone invoke it. */
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
    return Grant.addToPrincipalOrResource({
      grantee,
      resource: new LambdaResourcePolicy(this, `${name}Policy`, alias.functionArn),
      actions: ["lambda:InvokeFunction"],
      resourceArns: [alias.functionArn],
    });
  }

  /** Aliases that no statement names, and statements whose alias nobody may invoke. */
  mismatches({ statements }: Policy): readonly string[] {
    const names = [...this.#aliases.keys()];
    const unheard = names
      .filter((alias) => !statements.some(({ caller }) => matchesCaller(caller, { alias })))
      .map(
        (alias) => `No statement of the policy names the alias "${alias}"; add one, or take its grant away.`,
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
