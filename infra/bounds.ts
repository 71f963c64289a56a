import { type Duration, Token } from "aws-cdk-lib";
import { REQUEST_SECONDS } from "../schemas/protocol/request-time.ts";
import type { AlarmThresholds } from "./alarm-thresholds.ts";
import type { FunctionNames } from "./props.ts";
import { SynthError } from "./synth-error.ts";

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

/** Numbers, as `schemas/deploy.schema.json` bounds them. @throws {SynthError} */
export function thresholdsWithinBounds(thresholds: AlarmThresholds): AlarmThresholds {
  for (const [name, value] of Object.entries(thresholds)) {
    if (typeof value !== "number" || Token.isUnresolved(value)) continue;
    const { min, max } = THRESHOLDS[name] ?? { min: 0, max: Number.MAX_SAFE_INTEGER };
    const isWhole = name === "failureRatePercent" || Number.isInteger(value);
    if (isWhole && value >= min && value <= max) continue;
    const most = max === Number.MAX_SAFE_INTEGER ? "" : ` to ${max}`;
    throw new SynthError(`alarmThresholds.${name}: expected a number from ${min}${most}; correct it.`);
  }
  return thresholds;
}

/** @throws {SynthError} */
export function namesWithinBounds(names: FunctionNames): FunctionNames {
  for (const [key, name] of Object.entries(names)) {
    if (Token.isUnresolved(name) || /^[A-Za-z0-9_-]{1,64}$/.test(name)) continue;
    throw new SynthError(
      `functionNames.${key}: expected 1 to 64 letters, digits, dashes and underscores; rename the function.`,
    );
  }
  return names;
}
