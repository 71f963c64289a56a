import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as LambdaTarget } from "aws-cdk-lib/aws-events-targets";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import type { ReadableSecret } from "./app-secrets.ts";
import { type Network, serviceFunction } from "./service-function.ts";
import type { SharedCacheAccess } from "./shared-cache-access.ts";
import { SynthError } from "./synth-error.ts";

/** The health function, and how often it runs by itself. */
export interface HealthCheck {
  readonly lambda: LambdaFunction;
  readonly interval: Duration;
}

interface HealthCheckProps {
  /** Default: an hour. */
  readonly interval: Duration | undefined;
  /** Text of the policy document, of which the check is whether it loads; absent where it has a mistake. */
  readonly policy?: string;
  readonly functionName?: string;
  readonly logEncryptionKey?: IKey;
  readonly secrets: readonly ReadableSecret[];
  readonly signingKeyArns: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly network: Network | undefined;
  /** Where all environments keep the authorization of each app; absent: nowhere. */
  readonly sharedCache?: SharedCacheAccess;
  /** Absent: none is reserved. */
  readonly reservedConcurrency: number | undefined;
}

/**
 * The 12 hours are a choice: two intervals, which the alarm covers, are a day then. CloudWatch evaluates up to 7 days, from a
 * period of one hour on.
 */
const SHORTEST = Duration.minutes(5);
const LONGEST = Duration.hours(12);

/**
 * The function that checks the policy and each app, on a schedule and on demand. It cannot check the token functions'
 * roles, whose direct invocation is denied to every principal, because that is what identities rest on; a role that
 * fails shows in the metric `OperatorErrors` with the first request.
 * @throws {SynthError} for an interval that the schedule or the alarm cannot have
 */
export function healthCheck(scope: Construct, props: HealthCheckProps): HealthCheck {
  const { interval = Duration.hours(1), reservedConcurrency, ...common } = props;
  const seconds = interval.toSeconds();
  if (seconds % 60 !== 0 || seconds < SHORTEST.toSeconds() || seconds > LONGEST.toSeconds()) {
    throw new SynthError(
      `healthInterval: expected whole minutes from ${SHORTEST.toMinutes()} minutes to ${LONGEST.toHours()} hours; correct it.`,
    );
  }
  const { lambda } = serviceFunction(scope, "Health", "health", {
    ...common,
    description: "box-sts: does the policy load, does each Box app still get tokens, and whose are they?",
    stages: ["AWSCURRENT"],
    timeout: Duration.minutes(1),
    logRetention: RetentionDays.THREE_MONTHS,
    ...(reservedConcurrency === undefined ? {} : { reservedConcurrency }),
  });
  lambda.configureAsyncInvoke({ retryAttempts: 0 });
  new Rule(scope, "HealthSchedule", {
    description: "box-sts: checks the health of the policy and the Box apps",
    schedule: Schedule.rate(interval),
    targets: [new LambdaTarget(lambda, { retryAttempts: 0 })],
  });
  return { lambda, interval };
}
