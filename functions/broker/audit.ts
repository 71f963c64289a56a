import type { Caller } from "../../schemas/caller.ts";
import type { ProblemCode } from "../../schemas/problems.ts";
import type { TokenRequest } from "../../schemas/token-request.ts";
import type { Grant } from "./authorize.ts";
import type { Subject } from "./ports.ts";
import type { ObtainedToken } from "./token-source.ts";

/**
 * One decision, as the audit log keeps it. Members that a request did not get as far as are null, so that every
 * line has the same members. No member can hold a token, a key or a secret.
 */
export interface AuditEvent {
  readonly kind: "audit";
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly request_id: string;
  readonly outcome: "issued" | "denied" | "failed";
  /** Problem code of a denial or failure. */
  readonly code: ProblemCode | null;
  /** Why, for the operator; the caller is not told. */
  readonly reason: string | null;
  /** IAM ARN or `alias:NAME`; `unidentified` where nothing identified the caller. */
  readonly caller: string;
  readonly app: string | null;
  /** `enterprise`, `enterprise:ID` or `user:ID`. */
  readonly subject: string | null;
  readonly scopes_asked: readonly string[] | null;
  readonly resource_asked: string | null;
  /** Null in an issued line: the app's full token. */
  readonly scopes_granted: readonly string[] | null;
  readonly resource_granted: string | null;
  /** Id of the policy statement that granted the request. */
  readonly statement: string | null;
  readonly policy_digest: string | null;
  readonly cache: "hit" | "miss" | "joined" | null;
  /** Leads from a leaked token to the line that issued it. */
  readonly token_sha256: string | null;
  /** Seconds of life the token had when it was issued. */
  readonly expires_in: number | null;
}

type Facts = Omit<AuditEvent, "kind" | "time">;

/** What becomes known of a request on its way, until its line is written. */
export class AuditRecord {
  #facts: Facts;

  constructor(requestId: string, caller: Caller) {
    this.#facts = {
      request_id: requestId,
      outcome: "failed",
      code: null,
      reason: null,
      caller: callerName(caller),
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

  asked(app: string, { subject, scopes, resource }: TokenRequest): void {
    this.#note({
      app,
      subject: subject.id === undefined ? subject.type : `${subject.type}:${subject.id}`,
      scopes_asked: scopes ?? null,
      resource_asked: resource ?? null,
    });
  }

  decidedBy(policyDigest: string): void {
    this.#note({ policy_digest: policyDigest });
  }

  granted({ statement, restriction }: Grant): void {
    this.#note({
      statement,
      scopes_granted: restriction?.scopes ?? null,
      resource_granted: restriction?.resource ?? null,
    });
  }

  resolved({ type, id }: Subject): void {
    this.#note({ subject: `${type}:${id}` });
  }

  issued({ token, cache }: ObtainedToken, lifeLeft: number): void {
    this.#note({ outcome: "issued", cache, token_sha256: token.sha256, expires_in: lifeLeft });
  }

  ended(outcome: "denied" | "failed", code: ProblemCode, reason: string): void {
    this.#note({ outcome, code, reason });
  }

  /** @param now milliseconds since the epoch */
  event(now: number): AuditEvent {
    return { kind: "audit", time: new Date(now).toISOString(), ...this.#facts };
  }

  #note(facts: Partial<Facts>): void {
    this.#facts = { ...this.#facts, ...facts };
  }
}

function callerName(caller: Caller): string {
  if ("iam" in caller) return caller.iam;
  return "alias" in caller ? `alias:${caller.alias}` : "unidentified";
}
