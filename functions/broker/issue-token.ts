import type { Caller } from "../../schemas/policy/caller.ts";
import {
  Failure,
  PROBLEMS,
  type ProblemCode,
  type ProblemResponse,
  problemResponse,
} from "../../schemas/protocol/problems.ts";
import type { RequestRefusal, TokenRequest } from "../../schemas/protocol/token-request.ts";
import type { TokenResponse } from "../../schemas/protocol/token-response.ts";
import type { Result } from "../../schemas/result.ts";
import { AuditRecord, type CallerLabels } from "./audit-record.ts";
import { authorize, type Grant } from "./authorize.ts";
import { originOf } from "./box-origin.ts";
import { likelyNames, scopeDescription } from "./likely-names.ts";
import type { Credentials, Ports, RequestContext, Subject } from "./ports.ts";
import type { HeldToken } from "./token-cache.ts";
import { TokenSource } from "./token-source.ts";

/** The caller and its request, as the event adapter parsed them. */
export interface IncomingRequest {
  readonly caller: Caller;
  readonly labels?: CallerLabels;
  readonly request: Result<TokenRequest, RequestRefusal>;
}

export type Outcome =
  | { readonly issued: true; readonly response: TokenResponse }
  | {
      readonly issued: false;
      /** True where the caller has to act (by the table of problems), false where the operator has, or no one. */
      readonly denied: boolean;
      readonly problem: ProblemResponse;
    };

export type IssueToken = (incoming: IncomingRequest, context: RequestContext) => Promise<Outcome>;

/**
 * The use case: authorize → credentials → token (cache → sign → exchange → store) → audit. No response leaves
 * before its audit line is written, and no token whose line could not be written.
 * @returns a function that never throws
 */
export function tokenIssuer(ports: Ports): IssueToken {
  const tokens = new TokenSource(ports);
  const { helpUrl } = ports;

  async function issue(
    { caller, request: requested }: IncomingRequest,
    audit: AuditRecord,
    context: RequestContext,
  ) {
    const request = parseRequest(requested);
    const app = resolveApp(request, ports.apps);
    audit.requested(app, request);
    const { grant, policyDigest } = authorizeRequest(ports, caller, app, request, audit);
    context.trace.app = app;
    const credentials = await ports.credentials.load(app, context);
    audit.usedCredentials(credentials);
    const subject = namedSubject(request, credentials);
    audit.resolved(subject);
    const { restriction } = grant;
    const { minTtl, rejectedTokenSha256: rejectedSha256 } = request;
    const need = { credentials, subject, restriction, policyDigest, minTtl, rejectedSha256 };
    const obtained = await tokens.obtain(need, context);
    audit.usedCredentials(obtained.credentials);
    context.trace.cache = obtained.cache;
    context.trace.secretStage = obtained.credentials.stage;
    const lifeLeft = tokens.lifeLeft(obtained.token);
    if (lifeLeft < Math.max(minTtl, 1)) {
      const detail = `a new token lives ${lifeLeft} s, less than min_ttl`;
      throw new Failure("box_unexpected_answer", detail, originOf(obtained.token.token));
    }
    audit.issued(obtained, lifeLeft);
    return tokenResponse(obtained.token, grant, lifeLeft);
  }

  return async (incoming, context) => {
    const { requestId } = context;
    const audit = new AuditRecord(requestId, incoming.caller, incoming.labels);
    const outcome = await issue(incoming, audit, context)
      .then((response): Outcome => ({ issued: true, response }))
      .catch((thrown: unknown) => notIssued(thrown, audit, incoming.request, requestId, helpUrl))
      // Whatever went wrong in reporting a failure, the request has its audit line.
      .catch((bug: unknown) => notIssued(unexpected(bug), audit, incoming.request, requestId, helpUrl));
    try {
      await ports.audit.write(audit.event(ports.clock.wall()));
      return outcome;
    } catch {
      const problem = problemResponse("audit_unavailable", requestId, undefined, helpUrl);
      return { issued: false, denied: false, problem };
    }
  };
}

/** A request that ends here. `reason` is for the log, `description` for the caller. */
class Refusal {
  readonly code: ProblemCode;
  readonly reason: string;
  readonly description: string | undefined;

  constructor(code: ProblemCode, reason: string, description?: string) {
    this.code = code;
    this.reason = reason;
    this.description = description;
  }
}

function parseRequest(request: IncomingRequest["request"]): TokenRequest {
  if (request.ok) return request.value;
  const { code, description } = request.error;
  throw new Refusal(code, description, description);
}

function resolveApp({ app }: TokenRequest, apps: readonly string[]): string {
  if (app !== undefined) return app;
  const [only, ...others] = apps;
  if (only !== undefined && others.length === 0) return only;
  const description = "app is required, because more than one app is configured: add the name of the app.";
  throw new Refusal("invalid_request", "app is required", description);
}

/** An app that is not configured is refused like one that the policy does not allow. */
function authorizeRequest(
  { apps, policy }: Ports,
  caller: Caller,
  app: string,
  request: TokenRequest,
  audit: AuditRecord,
): { readonly grant: Grant; readonly policyDigest: string } {
  if (!policy.available) throw new Failure("policy_unavailable", policy.reason);
  audit.decidedBy(policy.digest);
  if ("unidentified" in caller) throw new Refusal("unauthorized_client", caller.unidentified);
  const decision = authorize(policy.policy, caller, app, request);
  if (!decision.ok) {
    const { code, reason, description } = decision.error;
    const names = code === "unauthorized_client" ? likelyNames(policy.policy, caller, app, apps) : "";
    throw new Refusal(code, reason + names, description);
  }
  if (!apps.includes(app))
    throw new Refusal(
      "unauthorized_client",
      `no such app is configured${likelyNames(policy.policy, caller, app, apps)}`,
    );
  audit.granted(decision.value);
  return { grant: decision.value, policyDigest: policy.digest };
}

/** Names the subject by id. The policy's `enterprise` is the app's own; any other one is refused like unknown. */
function namedSubject({ subject }: TokenRequest, { enterpriseID }: Credentials): Subject {
  if (subject.type === "user") return subject;
  if (enterpriseID === undefined)
    throw new Refusal("app_has_no_enterprise", "the config has no enterpriseID");
  if (subject.id !== undefined && subject.id !== enterpriseID) {
    throw new Refusal("unauthorized_client", "the enterprise is not the app's own");
  }
  return { type: "enterprise", id: enterpriseID };
}

function tokenResponse({ token }: HeldToken, { restriction }: Grant, lifeLeft: number): TokenResponse {
  const { access_token, restricted_to, issued_token_type } = token;
  const full = { access_token, token_type: "bearer", expires_in: lifeLeft } as const;
  if (restriction === undefined) return full;
  const scope = restriction.scopes.join(" ");
  return { ...full, scope, restricted_to, ...(issued_token_type !== undefined && { issued_token_type }) };
}

function notIssued(
  thrown: unknown,
  audit: AuditRecord,
  requested: IncomingRequest["request"],
  requestId: string,
  helpUrl: string | undefined,
): Outcome {
  if (thrown instanceof Refusal) {
    audit.ended("denied", thrown.code, thrown.reason);
    const description = thrown.description ?? scopeDescription(thrown.code, requested);
    const problem = problemResponse(thrown.code, requestId, description, helpUrl);
    return { issued: false, denied: true, problem };
  }
  const isKnown = thrown instanceof Failure && Object.hasOwn(PROBLEMS, thrown.code);
  const { code, message, retryAfter, boxRequestId } = isKnown ? thrown : unexpected(thrown);
  const denied = PROBLEMS[code].actor === "caller";
  audit.ended(denied ? "denied" : "failed", code, message, boxRequestId);
  const known = {
    ...(retryAfter !== undefined && { retry_after: retryAfter }),
    ...(boxRequestId !== undefined && { box_request_id: boxRequestId }),
  };
  const problem = {
    ...problemResponse(code, requestId, scopeDescription(code, requested), helpUrl),
    ...known,
  };
  return { issued: false, denied, problem };
}

/** The location of a bug, without its message, which could quote a value. */
function unexpected(thrown: unknown): Failure {
  const { name, message, stack = "" } = thrown instanceof Error ? thrown : new Error();
  const frames = stack
    .replace(message, "")
    .split("\n")
    .filter((line) => /^\s+at /.test(line));
  const where = frames.slice(0, 4).map((line) => line.trim());
  return new Failure("internal_error", [name, ...where].join(" "));
}
