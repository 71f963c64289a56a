import type { SecretStage } from "./credentials.ts";

/** One call to an outside system on behalf of a request. */
export interface Step {
  readonly step:
    | "secrets-manager.get"
    | "kms.sign"
    | "box.grant"
    | "box.exchange"
    | "box.code"
    | "box.refresh"
    | "box.revoke"
    | "box.users-me"
    | "dynamodb.get"
    | "dynamodb.put"
    | "dynamodb.scan"
    | "sqs.send"
    | "lambda.invoke"
    | "eventbridge.put";
  readonly ms: number;
  /** HTTP status, or the problem code where there was no response. */
  readonly status: number | string;
  /** What Box calls it, where Box responded. */
  readonly boxRequestId?: string;
}

/** What one request did, for the log and the metrics; holds no value that was sent or received. */
export interface Trace {
  /** The app, once it is known to be configured: a caller can send any name. */
  app?: string;
  /** Which version of the app's secret the token came from. */
  secretStage?: SecretStage;
  cache?: "hit" | "shared" | "miss" | "joined";
  /** Box refuses the app's primary App Token, and the secondary one was used. */
  appTokenFallback?: true;
  /** Why the shared cache could not be used, where it is configured. */
  sharedCacheFailure?: string;
  readonly steps: Step[];
}
