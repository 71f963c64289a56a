/** Namespace of the service's metrics in CloudWatch. */
export const METRIC_NAMESPACE = "BoxSts";

/**
 * Their only dimension: the name of the deployment, which all of its functions share. CloudWatch bills each metric by
 * its dimensions, so what varies by function, app, caller or problem code is found by a query of the log instead.
 */
export const METRIC_DIMENSION = "Service";

interface MetricFacts {
  readonly unit: "Count" | "Milliseconds" | "Seconds";
  /** The usual CloudWatch statistic. */
  readonly statistic: "Sum" | "Maximum" | "Minimum" | "p99";
  readonly meaning: string;
}

/** Every metric that the functions write. One that has nothing to report is not written, and so costs nothing. */
export const METRICS = {
  Issued: {
    unit: "Count",
    statistic: "Sum",
    meaning:
      "1 for each token that was issued, 0 for each request that failed: its average is the success rate",
  },
  Denied: {
    unit: "Count",
    statistic: "Sum",
    meaning: "requests that the caller has to change: malformed, not allowed, or refused by Box",
  },
  PolicyDenials: {
    unit: "Count",
    statistic: "Sum",
    meaning: "the denied requests that the policy does not allow (unauthorized_client)",
  },
  Failed: {
    unit: "Count",
    statistic: "Sum",
    meaning: "requests that failed for no fault of the caller: OperatorErrors and Unavailable",
  },
  OperatorErrors: {
    unit: "Count",
    statistic: "Sum",
    meaning: "the failed requests whose cause the operator has to repair",
  },
  Unavailable: {
    unit: "Count",
    statistic: "Sum",
    meaning: "the failed requests whose cause is temporary",
  },
  RateLimited: {
    unit: "Count",
    statistic: "Sum",
    meaning: "the unavailable requests that Box refused with 429",
  },
  Duration: { unit: "Milliseconds", statistic: "p99", meaning: "time that each request took" },
  BoxLatency: {
    unit: "Milliseconds",
    statistic: "p99",
    meaning: "time that each call to Box took: its sample count is the number of calls",
  },
  ClockSkew: {
    unit: "Seconds",
    statistic: "Maximum",
    meaning: "difference between Box's clock and the function's, where there is one",
  },
  PreviousSecretUses: {
    unit: "Count",
    statistic: "Sum",
    meaning:
      "requests served with the previous version of a secret, because Box or KMS refuses the current one",
  },
  AuthorizationChanges: {
    unit: "Count",
    statistic: "Sum",
    meaning:
      "changes of an app's authorization at Box: an admin has not (re)authorized it, has disabled it, or has acted",
  },
  AppsNotAuthorized: {
    unit: "Count",
    statistic: "Maximum",
    meaning:
      "apps that Box refuses because no admin has (re)authorized or enabled them: written at each change, by each health check that finds one, and with a shared cache by each that finds none",
  },
  AppTokenAge: {
    unit: "Count",
    statistic: "Maximum",
    meaning: "days since an App Token was generated; at least, where its date is not in the config",
  },
  AppTokenFallbacks: {
    unit: "Count",
    statistic: "Sum",
    meaning: "requests served with the secondary App Token of an app, because Box refuses the primary one",
  },
  SharedCacheFailures: {
    unit: "Count",
    statistic: "Sum",
    meaning:
      "requests served without the shared cache, because the table or the service secret could not be used",
  },
  HealthFailures: {
    unit: "Count",
    statistic: "Sum",
    meaning: "1 for each app, and for the policy, that failed its health check, 0 for each that passed",
  },
  WebhooksHandedOn: {
    unit: "Count",
    statistic: "Sum",
    meaning: "events of Box that the webhook function handed to their target",
  },
  WebhookDuplicates: {
    unit: "Count",
    statistic: "Sum",
    meaning: "events that Box sent again although they were handed on, and that were not handed on twice",
  },
  WebhooksRefused: {
    unit: "Count",
    statistic: "Sum",
    meaning:
      "requests to the webhook function that are no signed delivery, or whose event its target may not receive",
  },
  WebhooksFailed: {
    unit: "Count",
    statistic: "Sum",
    meaning: "signed events that could not be handed on: Box sends them again for two hours",
  },
  ConnectionsMade: {
    unit: "Count",
    statistic: "Sum",
    meaning: "Box users who connected to an OAuth 2.0 app",
  },
  ConnectionsFailed: {
    unit: "Count",
    statistic: "Sum",
    meaning: "attempts to connect that failed for no fault of the user",
  },
  ConnectRequestsRefused: {
    unit: "Count",
    statistic: "Sum",
    meaning: "requests to the authorize function that prove no invitation and no browser of one",
  },
  Connections: {
    unit: "Count",
    statistic: "Maximum",
    meaning: "connections of OAuth 2.0 users in the table, at each sweep",
  },
  ConnectionDaysLeft: {
    unit: "Count",
    statistic: "Minimum",
    meaning: "days until the refresh token of each connection dies if it is not used, after each sweep",
  },
  ConnectionsToReconnect: {
    unit: "Count",
    statistic: "Maximum",
    meaning: "connections that only the user's consent makes usable again, after each sweep",
  },
  ConnectionsUnreadable: {
    unit: "Count",
    statistic: "Maximum",
    meaning: "connections that no known version of the service secret decrypts, at each sweep",
  },
} as const satisfies Readonly<Record<string, MetricFacts>>;

/** A row of `METRICS`, as CloudWatch names it in the namespace `BoxSts`. */
export type MetricName = keyof typeof METRICS;
