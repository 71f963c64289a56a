import { type Duration, Token } from "aws-cdk-lib";
import { REQUEST_SECONDS } from "../schemas/protocol/request-time.ts";
import type { AlarmThresholds } from "./alarm-thresholds.ts";
import type { FunctionNames } from "./props.ts";
import { SynthError } from "./synth-error.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** What the token functions may be given; `schemas/deploy.schema.json` has the same bounds for a `deploy.json`. */
export const BOUNDS = {
  memorySize: { min: 128, max: 10_240, unit: "megabytes", whose: "Lambda's bounds" },
  timeout: {
    min: 5,
    max: REQUEST_SECONDS,
    unit: "seconds",
    whose: "fewer are not enough for a call to Box, and clients wait for no more",
  },
} as const;

/** @throws {SynthError} */
export function withinBounds(property: keyof typeof BOUNDS, value: number): number {
  const { min, max, unit, whose } = BOUNDS[property];
  if (Number.isInteger(value) && value >= min && value <= max) return value;
  throw new SynthError(
    `${property}: expected a whole number of ${unit} from ${min} to ${max} (${whose}); correct it.`,
  );
}

/** @throws {SynthError} */
export function timeoutWithinBounds(timeout: Duration): Duration {
  if (typeof timeout !== "object") {
    throw new SynthError("timeout: expected a Duration, such as Duration.seconds(30); correct it.");
  }
  if (!timeout.isUnresolved()) withinBounds("timeout", timeout.toSeconds({ integral: false }));
  return timeout;
}

/** Nothing for `"unreserved"`. @throws {SynthError} */
export function concurrencyWithinBounds(value: number | "unreserved"): {
  readonly reservedConcurrency?: number;
} {
  if (value === "unreserved") return {};
  if (Number.isInteger(value) && value >= 0) return { reservedConcurrency: value };
  throw new SynthError('reservedConcurrency: expected a whole number from 0, or "unreserved"; correct it.');
}

/** Of the thresholds that are not whole numbers from 0. */
const THRESHOLDS: Readonly<Record<string, { readonly min: number; readonly max: number }>> = {
  appTokenAgeDays: { min: 1, max: Number.MAX_SAFE_INTEGER },
  connectionDaysLeft: { min: 1, max: 29 },
  failureRatePercent: { min: 0, max: 99 },
};

/** Seconds, up to Lambda's longest timeout. */
const P99_LATENCY = { min: 1, max: 900 };

/**
 * As `schemas/deploy.schema.json` bounds them; without those that are `undefined`.
 * @throws {SynthError} with a line for each that is not allowed
 */
export function thresholdsWithinBounds(thresholds: AlarmThresholds): AlarmThresholds {
  const { p99Latency, ...numbers } = thresholds;
  const sentences = [
    ...Object.entries(numbers).flatMap(([name, value]) => outsideOf(name, value)),
    ...latencyOutside(p99Latency),
  ];
  if (sentences.length > 0) throw new SynthError(sentences.join("\n"));
  return withoutUndefined<AlarmThresholds>(thresholds);
}

/** @param value that a program without types may have given: of any type */
function outsideOf(name: string, value: unknown): readonly string[] {
  if (value === undefined || Token.isUnresolved(value)) return [];
  const { min, max } = THRESHOLDS[name] ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
  const isNumber = name === "failureRatePercent" ? typeof value === "number" : Number.isInteger(value);
  if (isNumber && Number(value) >= min && Number(value) <= max) return [];
  const most = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
  return [`alarmThresholds.${name}: expected a number from ${min}${most}; correct it.`];
}

function latencyOutside(latency: Duration | undefined): readonly string[] {
  if (latency === undefined) return [];
  if (typeof latency?.toSeconds !== "function") {
    return ["alarmThresholds.p99Latency: expected a Duration, such as Duration.seconds(3); correct it."];
  }
  const { min, max } = P99_LATENCY;
  const seconds = latency.isUnresolved() ? min : latency.toSeconds({ integral: false });
  if (seconds >= min && seconds <= max) return [];
  return [`alarmThresholds.p99Latency: expected ${min} to ${max} seconds; correct it.`];
}

/** @throws {SynthError} with a line for each name that Lambda does not take, or that another function has */
export function namesWithinBounds(names: FunctionNames): FunctionNames {
  const known = new Map<string, string>();
  const sentences = Object.entries(names).flatMap(([key, name]) => {
    if (name === undefined || Token.isUnresolved(name)) return [];
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name)) {
      return [
        `functionNames.${key}: expected 1 to 64 letters, digits, dashes and underscores; rename the function.`,
      ];
    }
    const other = known.get(name);
    if (other === undefined) {
      known.set(name, key);
      return [];
    }
    return [`functionNames.${key}: ${other} has the name "${name}" too; give each function its own.`];
  });
  if (sentences.length > 0) throw new SynthError(sentences.join("\n"));
  return names;
}
