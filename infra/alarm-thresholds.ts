import { Duration } from "aws-cdk-lib";

/** What raises an alarm; each threshold applies to five minutes, unless its comment differs. */
export interface AlarmThresholds {
  /**
   * Requests that the policy does not allow.
   * @default 20
   */
  readonly deniedRequests?: number;
  /**
   * Calls to Box.
   * @default 300
   */
  readonly boxCalls?: number;
  /**
   * Requests that failed because Box limits their rate.
   * @default 0
   */
  readonly rateLimitedRequests?: number;
  /**
   * Invocations that Lambda refused.
   * @default 0
   */
  readonly throttledInvocations?: number;
  /**
   * Requests that were served without the shared cache; of a service that has one.
   * @default 0
   */
  readonly sharedCacheFailures?: number;
  /**
   * Days since an App Token was generated, in two intervals of the health check.
   * @default - no alarm
   */
  readonly appTokenAgeDays?: number;
  /**
   * Requests that a public function refused, `authorize` or `webhook`; of a service that has one.
   * @default 1,000
   */
  readonly publicRefusals?: number;
  /**
   * Invocations of a public function that Lambda refused.
   * @default 100
   */
  readonly publicThrottles?: number;
  /**
   * Webhooks that could not be handed to their target.
   * @default 0
   */
  readonly undeliveredWebhooks?: number;
  /**
   * Days below which the life of an OAuth 2.0 user's connection is short, at the daily sweep.
   * @default 14
   */
  readonly connectionDaysLeft?: number;
  /**
   * Requests that failed because Box or Secrets Manager is not available, in percent, in two of three times five minutes.
   * @default 5
   */
  readonly failureRatePercent?: number;
  /**
   * Duration of requests at the 99th percentile, three times in a row.
   * @default 3 seconds
   */
  readonly p99Latency?: Duration;
}

/** `AlarmThresholds` with a value for each alarm that every service has. */
export type Thresholds = Required<Omit<AlarmThresholds, "appTokenAgeDays">> &
  Pick<AlarmThresholds, "appTokenAgeDays">;

/** What applies where `alarmThresholds` has nothing. */
export const DEFAULT_THRESHOLDS: Thresholds = {
  deniedRequests: 20,
  boxCalls: 300,
  rateLimitedRequests: 0,
  throttledInvocations: 0,
  sharedCacheFailures: 0,
  publicRefusals: 1_000,
  publicThrottles: 100,
  undeliveredWebhooks: 0,
  connectionDaysLeft: 14,
  failureRatePercent: 5,
  p99Latency: Duration.seconds(3),
};
