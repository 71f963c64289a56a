import type { Context } from "aws-lambda";
import { isObject } from "../../schemas/json/is-object.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import type { ProblemResponse } from "../../schemas/protocol/problems.ts";
import { isRevocation, parseRevocationRequest } from "../../schemas/protocol/revocation-request.ts";
import { parseTokenRequest, TOKEN_REQUEST_FORMS } from "../../schemas/protocol/token-request.ts";
import type { TokenResponse } from "../../schemas/protocol/token-response.ts";
import { refused } from "../../schemas/result.ts";
import type { EventAdapter } from "./handler.ts";

/** What a revocation returns: an object without properties. */
type Revoked = Readonly<Record<never, never>>;

/**
 * Lambda's `Invoke` (RequestResponse) with the parameters of a token request as the event, or with those of a revocation:
 * the event that has a `token`.
 */
export const directInvokeAdapter: EventAdapter<TokenResponse | Revoked> = {
  parse(event, lambda) {
    const common = { caller: callerOf(lambda), labels: { functionVersion: lambda.functionVersion } };
    if (!isObject(event)) {
      const description = "The event must be one JSON object.";
      return { ...common, request: refused({ code: "invalid_request", description }) };
    }
    return isRevocation(event)
      ? { ...common, revocation: revocationOf(event) }
      : { ...common, request: parseTokenRequest(event) };
  },
  respond(outcome) {
    if ("revoked" in outcome) return {};
    if (outcome.issued) return outcome.response;
    throw new InvokeRefusal(outcome.problem);
  },
};

/** An event of both kinds does nothing, and the refusal names what is of the other kind. */
function revocationOf(event: object): ReturnType<typeof parseRevocationRequest> {
  const revocation = parseRevocationRequest(event);
  const other = Object.keys(event).find((name) => Object.hasOwn(TOKEN_REQUEST_FORMS, name));
  if (revocation.ok || other === undefined) return revocation;
  const hint = `token ends a token, and ${other} belongs to a request for one: send one of them.`;
  return refused({ ...revocation.error, description: `${revocation.error.description} ${hint}` });
}

const ALIAS_ARN = /^arn:[a-z0-9-]+:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+:([A-Za-z0-9_-]+)$/;

/**
 * The alias that was invoked: its resource policy denies it to every principal but its caller, and everything else in
 * a direct invoke is written by the caller. Version numbers, `$LATEST` and unqualified ARNs name no caller.
 */
function callerOf({ invokedFunctionArn }: Context): Caller {
  const alias = ALIAS_ARN.exec(invokedFunctionArn)?.[1];
  if (alias === undefined || /^\d+$/.test(alias)) {
    return { unidentified: "the function was not invoked through an alias" };
  }
  return { alias };
}

/**
 * The error by which a direct invoke reports a refusal: Step Functions can `Retry` and `Catch` it by problem code. Lambda
 * sends a stack to the caller, hence the error has none.
 */
class InvokeRefusal extends Error {
  constructor(problem: ProblemResponse) {
    super(JSON.stringify(problem));
    this.name = problem.code;
    this.stack = "";
  }
}
