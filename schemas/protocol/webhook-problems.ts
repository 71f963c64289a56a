import type { MetricName } from "./metrics.ts";

interface WebhookProblemFacts {
  /** Of the response. Box repeats every delivery whose status is not 2xx. */
  readonly status: 400 | 403 | 413 | 503;
  /** The metric that counts it. */
  readonly metric: MetricName;
  /** Whether the same delivery can succeed later without any change. */
  readonly retryable: boolean;
  readonly title: string;
  readonly remedy: string;
}

/**
 * Every way in which the webhook function does not hand a delivery on, once. The response to `delivery_refused` is the
 * same for every reason, so that it does not reveal which apps exist. All others have a valid signature of Box.
 */
export const WEBHOOK_PROBLEMS = {
  delivery_refused: {
    status: 403,
    metric: "WebhooksRefused",
    retryable: false,
    title: "The request is not a signed delivery of Box to an app of this service.",
    remedy: "Compare the webhook's address and the app's signature keys with the deployment.",
  },
  event_malformed: {
    status: 400,
    metric: "WebhooksRefused",
    retryable: false,
    title: "The body is signed, but it is not one JSON object with the type and id of an event.",
    remedy: "Compare what Box sends with docs/webhooks.md.",
  },
  skill_not_configured: {
    status: 403,
    metric: "WebhooksRefused",
    retryable: false,
    title:
      "The body is a Skill invocation, which holds tokens, and the app's target is not marked for Skills.",
    remedy: 'Set "skill": true for the app in BOX_STS_WEBHOOKS if its target is to receive the tokens.',
  },
  event_too_large: {
    status: 413,
    metric: "WebhooksFailed",
    retryable: false,
    title: "The event is larger than its target takes.",
    remedy: "Read what changed from Box's API: no target of AWS takes more than 1 MiB.",
  },
  target_misconfigured: {
    status: 503,
    metric: "WebhooksFailed",
    retryable: false,
    title: "The app's target refused the event.",
    remedy: "Check that the target exists, and that the function's role may send to it.",
  },
  target_unavailable: {
    status: 503,
    metric: "WebhooksFailed",
    retryable: true,
    title: "The app's target could not be reached, or throttled the event.",
    remedy: "Box sends the event again.",
  },
  internal_error: {
    status: 503,
    metric: "WebhooksFailed",
    retryable: true,
    title: "The function failed by a mistake of its own.",
    remedy: "Report it with the line of the function's log.",
  },
} as const satisfies Readonly<Record<string, WebhookProblemFacts>>;

/** The `code` of a delivery that was not handed on; docs/webhooks.md has a row for each. */
export type WebhookProblemCode = keyof typeof WEBHOOK_PROBLEMS;

/**
 * Why a request is no signed delivery, for the operator alone: the log counts the requests by reason. The first group is
 * decided before any key is needed.
 */
export const REFUSAL_REASONS = {
  method: "another method than POST",
  path: "the path is not / and one name",
  body_missing: "no body",
  body_too_large: "a body of more than 2 MiB",
  version: "box-signature-version is not 1",
  algorithm: "box-signature-algorithm is not HmacSHA256",
  timestamp: "box-delivery-timestamp is not RFC 3339",
  signature_missing: "no well-formed signature",
  too_old: "sent more than 600 s ago",
  in_future: "sent more than 60 s from now",
  unknown_app: "no app of this name has a target",
  no_keys: "the app's secret has no signature key",
  keys_unavailable: "the app's secret could not be read",
  signature: "no signature matches the app's keys",
} as const;

/** A row of `REFUSAL_REASONS`. */
export type RefusalReason = keyof typeof REFUSAL_REASONS;
