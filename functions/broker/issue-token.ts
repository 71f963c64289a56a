import type { Caller } from "../../schemas/caller.ts";
import { Failure, type ProblemCode, type ProblemResponse, problemResponse } from "../../schemas/problems.ts";
import type { Result } from "../../schemas/result.ts";
import type { RequestRefusal, TokenRequest } from "../../schemas/token-request.ts";
import type { TokenResponse } from "../../schemas/token-response.ts";
import type { AuditEvent } from "./audit.ts";
import { authorize, type Denial, type Grant } from "./authorize.ts";
import type { Credentials, Ports, RequestContext, Subject } from "./ports.ts";
import type { HeldToken } from "./token-cache.ts";
import { TokenSource } from "./token-source.ts";

/** Who calls and what is asked, as the edge understood it. */
export interface Ask {
  readonly caller: Caller;
  readonly request: Result<TokenRequest, RequestRefusal>;
}

export type Outcome =
  | { readonly issued: true; readonly response: TokenResponse }
  | {
      readonly issued: false;
      /** True where the request is at fault, false where the world is. */
      readonly denied: boolean;
      readonly problem: ProblemResponse;
      /** Seconds after which trying again makes sense, where an upstream said so. */
      readonly retryAfter?: number;
    };

/** A decision's facts, filled in as far as the request gets. */
type Draft = { -readonly [Member in keyof Omit<AuditEvent, "kind" | "time">]: AuditEvent[Member] };

/** A request that ends here, with what the caller may be told; `reason` is for the log. */
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

/**
 * The use case: authorize → credentials → token (cache → sign → exchange → store) → audit. Nothing is answered
 * before its audit line is written, and never a token whose line could not be.
 * @returns a function that never throws
 */
export function tokenIssuer(ports: Ports): (ask: Ask, context: RequestContext) => Promise<Outcome> {
  const tokens = new TokenSource(ports);

  async function issue(ask: Ask, draft: Draft, context: RequestContext): Promise<TokenResponse> {
    const request = parsed(ask);
    const app = namedApp(ports.apps, request);
    noteRequest(draft, app, request);
    const { grant, policyDigest } = permitted(ports, ask.caller, app, request, draft);
    context.trace.app = app;
    const credentials = await ports.credentials.load(app, context);
    const subject = resolved(request, credentials);
    draft.subject = `${subject.type}:${subject.id}`;
    const obtained = await tokens.obtain(
      {
        credentials,
        subject,
        restriction: grant.restriction,
        policyDigest,
        minTtl: request.minTtl,
        rejectedSha256: request.rejectedTokenSha256,
      },
      context,
    );
    draft.cache = obtained.cache;
    context.trace.cache = obtained.cache;
    const lifeLeft = tokens.lifeLeft(obtained.token);
    if (lifeLeft < Math.max(request.minTtl, 1)) {
      throw new Failure("box_unexpected_answer", `a new token lives ${lifeLeft} s, less than min_ttl`);
    }
    draft.token_sha256 = obtained.token.sha256;
    draft.expires_in = lifeLeft;
    return tokenResponse(obtained.token, grant, lifeLeft);
  }

  return async (ask, context) => {
    const draft = blankDraft(ask.caller, context);
    let outcome: Outcome;
    try {
      outcome = { issued: true, response: await issue(ask, draft, context) };
    } catch (thrown) {
      outcome = notIssued(thrown, draft, context);
    }
    try {
      const { requestId: request_id } = context;
      const time = new Date(ports.clock.wall()).toISOString();
      await ports.audit.write({ kind: "audit", time, ...draft, request_id });
    } catch {
      return {
        issued: false,
        denied: false,
        problem: problemResponse("audit_unavailable", context.requestId),
      };
    }
    return outcome;
  };
}

function parsed({ request }: Ask): TokenRequest {
  if (request.ok) return request.value;
  throw new Refusal(request.error.code, request.error.description, request.error.description);
}

/** An app that is not configured is refused like one that the policy does not allow. */
function namedApp(apps: readonly string[], { app }: TokenRequest): string {
  if (app !== undefined) return app;
  const [only, ...others] = apps;
  if (only !== undefined && others.length === 0) return only;
  const description = "app is required, because more than one app is configured: add the name of the app.";
  throw new Refusal("invalid_request", "app is required", description);
}

function permitted(
  { apps, policy }: Ports,
  caller: Caller,
  app: string,
  request: TokenRequest,
  draft: Draft,
): { readonly grant: Grant; readonly policyDigest: string } {
  if (!policy.available) throw new Refusal("policy_unavailable", policy.reason);
  draft.policy_digest = policy.digest;
  if ("unidentified" in caller) throw new Refusal("unauthorized_client", caller.unidentified);
  const decision = authorize(policy.policy, caller, app, request);
  if (!decision.ok) throw refusalOf(decision.error);
  if (!apps.includes(app)) throw new Refusal("unauthorized_client", "no such app is configured");
  draft.statement = decision.value.statement;
  draft.scopes_granted = decision.value.restriction?.scopes ?? null;
  draft.resource_granted = decision.value.restriction?.resource ?? null;
  return { grant: decision.value, policyDigest: policy.digest };
}

function refusalOf(denial: Denial): Refusal {
  const description = denial.code === "invalid_request" ? denial.description : undefined;
  return new Refusal(denial.code, denial.reason, description);
}

/** Names the subject by id. The policy's `enterprise` is the app's own; any other one is refused like unknown. */
function resolved({ subject }: TokenRequest, { enterpriseID }: Credentials): Subject {
  if (subject.type === "user") return { type: "user", id: subject.id };
  if (enterpriseID === undefined)
    throw new Refusal("app_has_no_enterprise", "the config has no enterpriseID");
  if (subject.id !== undefined && subject.id !== enterpriseID) {
    throw new Refusal("unauthorized_client", "the enterprise is not the app's own");
  }
  return { type: "enterprise", id: enterpriseID };
}

function tokenResponse({ token }: HeldToken, { restriction }: Grant, lifeLeft: number): TokenResponse {
  const { access_token, restricted_to, issued_token_type } = token;
  return {
    access_token,
    token_type: "bearer",
    expires_in: lifeLeft,
    ...(restriction !== undefined && {
      scope: restriction.scopes.join(" "),
      restricted_to,
      ...(issued_token_type !== undefined && { issued_token_type }),
    }),
  };
}

function notIssued(thrown: unknown, draft: Draft, { requestId }: RequestContext): Outcome {
  if (thrown instanceof Refusal) {
    draft.outcome = "denied";
    draft.code = thrown.code;
    draft.reason = thrown.reason;
    return {
      issued: false,
      denied: true,
      problem: problemResponse(thrown.code, requestId, thrown.description),
    };
  }
  const failure = thrown instanceof Failure ? thrown : new Failure("internal_error", unexpected(thrown));
  draft.outcome = "failed";
  draft.code = failure.code;
  draft.reason = failure.message;
  const problem = problemResponse(failure.code, requestId);
  return failure.retryAfter === undefined
    ? { issued: false, denied: false, problem }
    : { issued: false, denied: false, problem, retryAfter: failure.retryAfter };
}

/** Where a bug struck, without its message, which could quote a value. */
function unexpected(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "something that is not an error was thrown";
  const frames = (thrown.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line));
  return [thrown.name, ...frames.slice(0, 4).map((line) => line.trim())].join(" ");
}

function blankDraft(caller: Caller, { requestId }: RequestContext): Draft {
  return {
    request_id: requestId,
    outcome: "issued",
    code: null,
    reason: null,
    caller: "iam" in caller ? caller.iam : "alias" in caller ? `alias:${caller.alias}` : "unidentified",
    app: null,
    subject: null,
    scopes_asked: null,
    resource_asked: null,
    scopes_granted: null,
    resource_granted: null,
    statement: null,
    policy_digest: null,
    cache: null,
    token_sha256: null,
    expires_in: null,
  };
}

function noteRequest(draft: Draft, app: string, { subject, scopes, resource }: TokenRequest): void {
  draft.app = app;
  draft.subject = subject.id === undefined ? subject.type : `${subject.type}:${subject.id}`;
  draft.scopes_asked = scopes ?? null;
  draft.resource_asked = resource ?? null;
}
