import { Fn, Token } from "aws-cdk-lib";
import { Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import { Construct, type IConstruct } from "constructs";
import { checkAliasName } from "./alias-access.ts";
import { requireGrantee } from "./grantee.ts";
import { orReport } from "./report-errors.ts";
import { SynthError } from "./synth-error.ts";

/** What callers use of a token service: a `BoxTokenService` of this CDK app, or one that `fromAttributes` imports. */
export interface IBoxTokenService extends IConstruct {
  /** Base of the Function URL, with a slash at its end; tokens are at `oauth2/token` below it. */
  readonly url: string;
  /** Lets one role or user call the Function URL. An imported service needs `urlFunctionArn`. */
  grantInvokeUrl(grantee: IGrantable): Grant;
  /** Lets one role or user invoke `token-invoke` through the alias. An imported service needs `invokeFunctionArn`. */
  grantInvoke(grantee: IGrantable, alias: string): Grant;
  /**
   * Lets one role or user invoke `connections`, which manages the connections of OAuth 2.0 users. An imported service
   * needs `connectionsFunctionArn`.
   */
  grantManageConnections(grantee: IGrantable): Grant;
}

/**
 * Identifies a service that another stack, app or account deploys, by its outputs or SSM parameters. Each property is
 * optional; reading or granting what needs a missing one fails the synth.
 */
export interface BoxTokenServiceAttributes {
  /** The Function URL, with or without `oauth2/token` at its end, as in the output `TokenUrl`. */
  readonly url?: string;
  /** The output `TokenUrlFunctionArn`; `grantInvokeUrl` needs it. */
  readonly urlFunctionArn?: string;
  /** The output `InvokeFunctionArn`; `grantInvoke` needs it. */
  readonly invokeFunctionArn?: string;
  /** The output `ConnectionsFunctionArn`; `grantManageConnections` needs it. */
  readonly connectionsFunctionArn?: string;
}

/**
 * Its grants are the caller's half alone: statements in the caller's own policy. The service's half, the entry in its
 * policy document and its resource policies, is made where the service is deployed.
 */
export class ImportedBoxTokenService extends Construct implements IBoxTokenService {
  readonly #attributes: BoxTokenServiceAttributes;

  constructor(scope: Construct, id: string, attributes: BoxTokenServiceAttributes) {
    super(scope, id);
    // A program without types may give none.
    this.#attributes = attributes ?? {};
  }

  /** @throws {SynthError} where it was imported without */
  get url(): string {
    const { url } = this.#attributes;
    if (url !== undefined) return Fn.select(0, Fn.split("oauth2/token", url));
    throw new SynthError("fromAttributes: there is no url; give the stack's output TokenUrl.");
  }

  grantInvokeUrl(grantee: IGrantable): Grant {
    return this.#granted(grantee, "grantInvokeUrl", "urlFunctionArn", (arn) =>
      Grant.addToPrincipal({
        grantee,
        actions: ["lambda:InvokeFunctionUrl"],
        resourceArns: [arn],
        conditions: { StringEquals: { "lambda:FunctionUrlAuthType": "AWS_IAM" } },
      }).combine(
        Grant.addToPrincipal({
          grantee,
          actions: ["lambda:InvokeFunction"],
          resourceArns: [arn],
          conditions: { Bool: { "lambda:InvokedViaFunctionUrl": "true" } },
        }),
      ),
    );
  }

  grantInvoke(grantee: IGrantable, alias: string): Grant {
    return this.#granted(grantee, "grantInvoke", "invokeFunctionArn", (arn) => {
      if (!Token.isUnresolved(alias)) checkAliasName(alias, "grantInvoke");
      return Grant.addToPrincipal({
        grantee,
        actions: ["lambda:InvokeFunction"],
        resourceArns: [`${arn}:${alias}`],
      });
    });
  }

  grantManageConnections(grantee: IGrantable): Grant {
    return this.#granted(grantee, "grantManageConnections", "connectionsFunctionArn", (arn) =>
      Grant.addToPrincipal({ grantee, actions: ["lambda:InvokeFunction"], resourceArns: [arn] }),
    );
  }

  #granted(
    grantee: IGrantable,
    method: keyof IBoxTokenService & string,
    property: "urlFunctionArn" | "invokeFunctionArn" | "connectionsFunctionArn",
    grant: (arn: string) => Grant,
  ): Grant {
    return orReport(
      this,
      () => {
        requireGrantee(grantee, method);
        return grant(functionArn(this.#attributes[property], property));
      },
      () => Grant.drop(grantee, "the grant is reported as an error"),
    );
  }
}

/** The ARN of a function without a qualifier. @throws {SynthError} */
function functionArn(arn: string | undefined, property: string): string {
  if (arn !== undefined && Token.isUnresolved(arn)) return arn;
  const isFunction = /^arn:[a-z-]+:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9_-]+$/;
  if (arn === undefined || !isFunction.test(arn)) {
    throw new SynthError(
      `fromAttributes: ${property} is missing or no ARN of a function without a qualifier; give the stack's output of that name.`,
    );
  }
  return arn;
}
