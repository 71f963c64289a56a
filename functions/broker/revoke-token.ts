import type { Caller } from "../../schemas/policy/caller.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { RevocationRequest } from "../../schemas/protocol/revocation-request.ts";
import type { RequestRefusal } from "../../schemas/protocol/token-request.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { findAppToken } from "./app-token-owner.ts";
import type { RevocationEffect } from "./audit-event.ts";
import { AuditRecord, type CallerLabels } from "./audit-record.ts";
import { authorizeRevocation } from "./authorize-revocation.ts";
import { callerIdOf } from "./caller-id.ts";
import type { Refusal } from "./decide.ts";
import { withEachVersion } from "./each-version.ts";
import { hasOneFullToken } from "./full-tokens.ts";
import { tokenSha256 } from "./held-token.ts";
import { audited, type Refused } from "./outcome.ts";
import type {
  AuditLog,
  Clock,
  CredentialStore,
  Credentials,
  PolicySource,
  RequestContext,
  RevokeToken,
} from "./ports.ts";
import type { IssuedToken, KnownToken } from "./shared-cache/issued-token.ts";
import type { SharedTokens } from "./shared-cache/shared-tokens.ts";
import { problemOfTable, TableFailure } from "./shared-cache/table.ts";
import type { TokenMemory } from "./token-memory.ts";

/** The caller and its request to end a token, as the event adapter parsed them. */
export interface IncomingRevocation {
  readonly caller: Caller;
  readonly labels?: CallerLabels;
  readonly revocation: Result<RevocationRequest, RequestRefusal>;
}

export interface Revoked {
  readonly revoked: true;
}

/** Whether the token is ended, as far as this caller may end it; how far is in the audit line. */
export type RevocationOutcome = Revoked | Refused;

export type RevokeIssuedToken = (
  incoming: IncomingRevocation,
  context: RequestContext,
) => Promise<RevocationOutcome>;

interface RevocationPorts {
  /** Names of the configured apps. */
  readonly apps: readonly string[];
  readonly policy: PolicySource;
  /** Undefined where the deployment has no table: then it is not known which environments have the token. */
  readonly shared: SharedTokens | undefined;
  readonly memory: Pick<TokenMemory, "drop">;
  readonly credentials: Pick<CredentialStore, "load" | "alternative" | "ofClient">;
  readonly revokeAtBox: RevokeToken;
  readonly clock: Clock;
  readonly audit: AuditLog;
  readonly helpUrl?: string | undefined;
}

/**
 * The use case of RFC 7009: find the token by its hash → authorize → evict from the table and from memory → end at Box,
 * where the caller may → audit. Each step can be repeated, so a caller repeats a request that failed. A token that is
 * unknown or has expired needs no revocation, which is a success (§2.2). A full token of which the app or the user has
 * only one is refused (§2.2.1).
 * @returns a function that never throws
 */
export function tokenRevoker(ports: RevocationPorts): RevokeIssuedToken {
  const { policy, shared, memory, helpUrl } = ports;

  async function revoke(
    { caller, revocation }: IncomingRevocation,
    audit: AuditRecord,
    context: RequestContext,
  ): Promise<Result<Revoked, Refusal>> {
    if (!revocation.ok) {
      const { code, description } = revocation.error;
      return refused({ code, reason: description, description });
    }
    const done = (effect: RevocationEffect) => {
      audit.revoked(effect);
      return ok<Revoked>({ revoked: true });
    };
    const { token } = revocation.value;
    const sha256 = tokenSha256(token);
    audit.revokes(sha256);
    if (!policy.available) throw new Failure("policy_unavailable", policy.reason);
    audit.decidedBy(policy.digest);
    if ("unidentified" in caller) {
      return refused({ code: "unauthorized_client", reason: caller.unidentified });
    }
    if (shared === undefined) throw new Failure("revocation_not_configured", "BOX_STS_TABLE is not set");
    const issued =
      (await shared.register.find(sha256, context)) ??
      (await findAppToken(sha256, policy.policy, ports, context));
    if (issued === undefined) return done("unknown_token");
    audit.found(issued);
    context.trace.app = issued.app;
    const grant = authorizeRevocation(policy.policy, caller, callerIdOf(caller), issued);
    if (grant === undefined) {
      return refused({ code: "unauthorized_client", reason: "no statement lets the caller end this token" });
    }
    audit.allowedBy(grant.statement);
    if (!isShared(issued)) {
      return refused({ code: "unsupported_token_type", reason: "all callers share the one full token" });
    }
    memory.drop(issued.cacheKey, sha256);
    await shared.evict(issued.cacheKey, sha256, context);
    return done(grant.endsAtBox ? await end(token, issued, audit, context) : "evicted");
  }

  async function end(
    token: string,
    issued: IssuedToken,
    audit: AuditRecord,
    context: RequestContext,
  ): Promise<RevocationEffect> {
    const credentials = await credentialsOf(issued, ports.credentials, context);
    audit.usedCredentials(credentials);
    // Box does not say whether the end of a downscoped token ends what it was exchanged from: here that is all there is.
    if (hasOneFullToken(credentials)) return "evicted";
    const revoke = (version: Credentials) => ports.revokeAtBox({ credentials: version, token }, context);
    audit.usedCredentials((await withEachVersion(ports, credentials, revoke, context)).credentials);
    return "ended_at_box";
  }

  return (incoming, context) => {
    const { requestId } = context;
    const audit = new AuditRecord("revoke", requestId, incoming.caller, incoming.labels);
    const work = revoke(incoming, audit, context).catch((thrown: unknown) => {
      throw thrown instanceof TableFailure ? problemOfTable(thrown, "shared_cache_unavailable") : thrown;
    });
    return audited(ports, work, { audit, requestId, helpUrl });
  };
}

const isShared = (token: KnownToken | IssuedToken): token is IssuedToken => "cacheKey" in token;

/**
 * The credentials of the Box app that has the token: to those of another one Box responds that it does not know the token,
 * as if that had ended.
 * @throws {Failure} `revocation_not_possible` where no version of the app's secret has its client ID
 */
async function credentialsOf(
  { app, clientID }: IssuedToken,
  credentials: Pick<CredentialStore, "ofClient">,
  context: RequestContext,
): Promise<Credentials> {
  const found = await credentials.ofClient(app, clientID, context);
  if (found !== undefined) return found;
  const detail = `the token is of the client ID ${clientID}, which neither the current nor the previous version of the secret of ${app} has`;
  throw new Failure("revocation_not_possible", detail);
}
