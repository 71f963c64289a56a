import { type Caller, nameOf } from "../../schemas/policy/caller.ts";
import type { ProblemCode } from "../../schemas/protocol/problems.ts";
import type { TokenRequest } from "../../schemas/protocol/token-request.ts";
import type { AuditEvent, RevocationEffect } from "./audit-event.ts";
import type { Grant } from "./authorize.ts";
import { callerIdOf } from "./caller-id.ts";
import type { HeldToken } from "./held-token.ts";
import { loggableName } from "./loggable.ts";
import type { ConnectionId } from "./oauth/connection.ts";
import type { Credentials, Subject } from "./ports.ts";
import type { KnownToken } from "./shared-cache/issued-token.ts";
import type { ObtainedToken } from "./token-source.ts";

type Facts = { -readonly [Name in keyof AuditEvent]: AuditEvent[Name] };

/** Further facts of a call; the caller can choose some of them, so no decision depends on them. */
export interface CallerLabels {
  readonly session?: string;
  readonly sourceIp?: string;
  readonly functionVersion?: string;
}

/** Collects what is known of a request until its audit line is written. */
export class AuditRecord {
  readonly #facts: Facts;

  constructor(action: AuditEvent["action"], requestId: string, caller: Caller, labels: CallerLabels = {}) {
    this.#facts = {
      kind: "audit",
      time: "",
      request_id: requestId,
      action,
      outcome: "failed",
      code: null,
      reason: null,
      caller: callerIdOf(caller),
      caller_name: nameOf(caller) ?? null,
      caller_session: labels.session ?? null,
      source_ip: labels.sourceIp ?? null,
      function_version: labels.functionVersion ?? null,
      app: null,
      box_request_id: null,
      client_id: null,
      secret_version: null,
      secret_stage: null,
      subject: null,
      scopes_asked: null,
      resource_asked: null,
      scopes_granted: null,
      resource_granted: null,
      statement: null,
      policy_digest: null,
      isolated: null,
      effect: null,
      cache: null,
      token_sha256: null,
      expires_in: null,
    };
  }

  requested(app: string, { subject, scopes, resource }: TokenRequest): void {
    this.#note({
      app,
      subject: subject.id === undefined ? subject.type : `${subject.type}:${subject.id}`,
      scopes_asked: loggableScopes(scopes),
      resource_asked: resource ?? null,
    });
  }

  decidedBy(policyDigest: string): void {
    this.#note({ policy_digest: policyDigest });
  }

  granted({ statement, restriction, isolate }: Grant): void {
    this.#note({
      statement,
      isolated: isolate ?? false,
      scopes_granted: loggableScopes(restriction?.scopes),
      resource_granted: restriction?.resource ?? null,
    });
  }

  usedCredentials({ clientID, versionId, stage }: Credentials): void {
    this.#note({ client_id: clientID, secret_version: versionId, secret_stage: stage });
  }

  resolved({ type, id }: Subject): void {
    this.#note({ subject: `${type}:${id}` });
  }

  issued({ token, cache }: Pick<ObtainedToken, "token" | "cache">, lifeLeft: number): void {
    const { sha256: token_sha256, token: response } = token;
    const box_request_id = response.boxRequestId ?? null;
    this.#note({ outcome: "issued", cache, token_sha256, expires_in: lifeLeft, box_request_id });
  }

  /** The token that is to be revoked. */
  revokes(tokenSha256: string): void {
    this.#note({ token_sha256: tokenSha256 });
  }

  /** What that token is. */
  found({ app, subject, restriction, isolatedFor }: KnownToken): void {
    this.#note({
      app,
      subject: `${subject.type}:${subject.id}`,
      scopes_granted: loggableScopes(restriction?.scopes),
      resource_granted: restriction?.resource ?? null,
      isolated: isolatedFor !== undefined,
    });
  }

  allowedBy(statement: string | undefined): void {
    this.#note({ statement: statement ?? null });
  }

  revoked(effect: RevocationEffect): void {
    this.#note({ outcome: "revoked", effect });
  }

  /** The app that a user is to be connected to. */
  connects(app: string): void {
    this.#note({ app });
  }

  /** The first access token of the connection. */
  connected({ sha256: token_sha256, token }: HeldToken): void {
    this.#note({ outcome: "connected", token_sha256, box_request_id: token.boxRequestId ?? null });
  }

  disconnects({ app, userId }: ConnectionId): void {
    this.#note({ app, subject: `user:${userId}` });
  }

  disconnected(effect: Exclude<RevocationEffect, "unknown_token">): void {
    this.#note({ outcome: "disconnected", effect });
  }

  ended(outcome: "denied" | "failed", code: ProblemCode, reason: string, boxRequestId?: string): void {
    this.#note({ outcome, code, reason, box_request_id: boxRequestId ?? null });
  }

  /** @param now milliseconds since the epoch */
  event(now: number): AuditEvent {
    // biome-ignore lint/style/noRestrictedGlobals: it formats the time that it is given and reads no clock.
    this.#facts.time = new Date(now).toISOString();
    return this.#facts;
  }

  #note(facts: Partial<Facts>): void {
    Object.assign(this.#facts, facts);
  }
}

function loggableScopes(scopes: readonly string[] | undefined): readonly string[] | null {
  return scopes?.map(loggableName) ?? null;
}
