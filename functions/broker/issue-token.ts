import type { Caller } from "../../schemas/policy/caller.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { RequestRefusal, TokenRequest } from "../../schemas/protocol/token-request.ts";
import { ok, type Result } from "../../schemas/result.ts";
import { AuditRecord, type CallerLabels } from "./audit-record.ts";
import { originOf } from "./box-origin.ts";
import { type Decision, decide, namedSubject, type Refusal } from "./decide.ts";
import { lifeLeft } from "./held-token.ts";
import { audited, type Issued, type Outcome, tokenResponse } from "./outcome.ts";
import type {
  AuditLog,
  Clock,
  CredentialStore,
  Credentials,
  PolicySource,
  RequestContext,
  Subject,
} from "./ports.ts";
import type { ObtainedToken, ObtainToken, TokenNeed } from "./token-source.ts";

/** The caller and its request, as the event adapter parsed them. */
export interface IncomingRequest {
  readonly caller: Caller;
  readonly labels?: CallerLabels;
  readonly request: Result<TokenRequest, RequestRefusal>;
}

export type IssueToken = (incoming: IncomingRequest, context: RequestContext) => Promise<Outcome>;

export interface IssuerPorts {
  readonly apps: readonly string[];
  readonly policy: PolicySource;
  readonly credentials: Pick<CredentialStore, "load">;
  readonly obtainToken: ObtainToken;
  readonly clock: Clock;
  readonly audit: AuditLog;
  /** Where `docs/problems.md` is published, for `error_uri`; without it refusals have none. */
  readonly helpUrl?: string | undefined;
}

/**
 * The use case: authorize → credentials → token → audit. No response leaves before its audit line is written, and no
 * token whose line could not be written.
 * @returns a function that never throws
 */
export function tokenIssuer(ports: IssuerPorts): IssueToken {
  const { clock, helpUrl } = ports;

  async function issue(
    { caller, request: requested }: IncomingRequest,
    audit: AuditRecord,
    context: RequestContext,
  ): Promise<Result<Issued, Refusal>> {
    const decision = decide(ports, caller, requested, audit);
    if (!decision.ok) return decision;
    const { request, app, grant } = decision.value;
    context.trace.app = app;
    const obtain = async (credentials: Credentials): Promise<Result<ObtainedToken, Refusal>> => {
      audit.usedCredentials(credentials);
      const subject = namedSubject(request, credentials);
      if (!subject.ok) return subject;
      audit.resolved(subject.value);
      return ok(await ports.obtainToken(needOf(decision.value, credentials, subject.value), context));
    };
    const loaded = await ports.credentials.load(app, context);
    const obtainWithCurrent = () =>
      obtain(loaded).catch(async (failure: unknown) => {
        // A refusal of Box has the secret read again, which by now can hold the config of an app of another kind.
        const current = await ports.credentials.load(app, context).catch(() => loaded);
        if (getsTokensAlike(current, loaded)) throw failure;
        return obtain(current);
      });
    const minTtl = Math.max(request.minTtl, 1);
    let obtained = await obtainWithCurrent();
    // Its exchange or a write can have taken so long that the token is too old now: then another one is obtained.
    if (obtained.ok && lifeLeft(clock, obtained.value.token) < minTtl) obtained = await obtainWithCurrent();
    if (!obtained.ok) return obtained;
    const { token, credentials, cache } = obtained.value;
    audit.usedCredentials(credentials);
    context.trace.cache = cache;
    context.trace.secretStage = credentials.stage;
    const secondsLeft = lifeLeft(clock, token);
    if (secondsLeft < minTtl) {
      const detail = `a new token lives ${secondsLeft} s, less than min_ttl`;
      throw new Failure("box_unexpected_answer", detail, originOf(token.token));
    }
    audit.issued(obtained.value, secondsLeft);
    return ok({ issued: true, response: tokenResponse(token, grant, secondsLeft) });
  }

  return (incoming, context) => {
    const { requestId } = context;
    const audit = new AuditRecord("issue", requestId, incoming.caller, incoming.labels);
    const request = { audit, requested: incoming.request, requestId, helpUrl };
    return audited(ports, issue(incoming, audit, context), request);
  };
}

function needOf(
  { grant: { restriction, isolate }, request, policyDigest, callerId }: Decision,
  credentials: Credentials,
  subject: Subject,
): TokenNeed {
  const { minTtl, rejectedTokenSha256: rejectedSha256 } = request;
  const isolated = isolate && { isolatedFor: callerId };
  const full = { credentials, subject, policyDigest, minTtl, rejectedSha256, ...isolated };
  return restriction === undefined ? full : { ...full, restriction };
}

/** Whether both are of the same kind and enterprise: then the grant with the one has tried the other, too. */
function getsTokensAlike(one: Credentials, other: Credentials): boolean {
  const kindOf = ({ grant }: Credentials) => (grant === "client_credentials" ? "jwt" : grant);
  return kindOf(one) === kindOf(other) && one.enterpriseID === other.enterpriseID;
}
