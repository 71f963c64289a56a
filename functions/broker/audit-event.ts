import type { ProblemCode } from "../../schemas/protocol/problems.ts";
import type { SecretStage } from "./credentials.ts";

/**
 * One decision, as the audit log keeps it. Every line has the same fields: those that a request did not reach are
 * null. No field can hold a token, a key or a secret.
 */
export interface AuditEvent {
  readonly kind: "audit";
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly request_id: string;
  /** What was requested: a token, the end of one, a user's connection to an OAuth 2.0 app, or the end of that. */
  readonly action: "issue" | "revoke" | "connect" | "disconnect";
  /** `denied` where the caller has to act, `failed` where the operator has to, or the cause is temporary. */
  readonly outcome: "issued" | "revoked" | "connected" | "disconnected" | "denied" | "failed";
  /** Problem code of a denial or failure. */
  readonly code: ProblemCode | null;
  /** The reason, for the operator; the response does not contain it. */
  readonly reason: string | null;
  /** IAM ARN or `alias:NAME`; `unidentified` where nothing identified the caller. */
  readonly caller: string;
  /** The name that policies know the caller by: mapped by the deployment, or the alias. */
  readonly caller_name: string | null;
  /** Labels for an investigation; nothing is decided by them. The caller chooses its session's name. */
  readonly caller_session: string | null;
  readonly source_ip: string | null;
  /** Version of the Lambda function, `$LATEST` where none was published. */
  readonly function_version: string | null;
  readonly app: string | null;
  /** What Box calls the request whose response decided: the one that returned the token, or that was refused. */
  readonly box_request_id: string | null;
  /** The Box app's client ID, and the version of its secret that was used. */
  readonly client_id: string | null;
  readonly secret_version: string | null;
  /** `AWSPREVIOUS` only where Box refused the current version. */
  readonly secret_stage: SecretStage | null;
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
  /** Whether the token is this caller's alone. */
  readonly isolated: boolean | null;
  /** What a revocation or a disconnection did. */
  readonly effect: RevocationEffect | null;
  /**
   * From the environment's memory, from the table that environments share, from Box, or from another request's call to
   * Box.
   */
  readonly cache: "hit" | "shared" | "miss" | "joined" | null;
  /** Leads from a leaked token to the line that issued it. */
  readonly token_sha256: string | null;
  /** Seconds of life the token had when it was issued. */
  readonly expires_in: number | null;
}

/**
 * What a revocation or a disconnection did: the token ended at Box; or it is no longer served from the cache, and lives at
 * Box for those who have it; or the service knows no such token, or it has expired.
 */
export type RevocationEffect = "ended_at_box" | "evicted" | "unknown_token";
