import type { Call } from "../ports.ts";

/** What a target receives, once or more often. */
export interface WebhookMessage {
  readonly app: string;
  /** `webhook_event` or `skill_invocation`. */
  readonly type: string;
  /** Hex; the same for each attempt of Box to deliver the event. */
  readonly eventKey: string;
  /** The envelope: one JSON object. */
  readonly text: string;
}

/** Where an app's events go. */
export interface WebhookTarget {
  readonly kind: TargetKind;
  /** Whether it may receive Skill invocations, which hold tokens. */
  readonly takesSkills: boolean;
  /** Resolves once the target has stored the message; throws a `TargetFailure`. */
  readonly handOn: Call<WebhookMessage, void>;
}

export type TargetKind = "queue" | "function" | "bus";

/** The target did not store the message. `message` is for the operator; it holds nothing of the event. */
export class TargetFailure extends Error {
  override readonly name = "TargetFailure";
  readonly code: "target_unavailable" | "target_misconfigured" | "event_too_large";

  constructor(code: TargetFailure["code"], detail: string) {
    super(detail);
    this.code = code;
  }
}
