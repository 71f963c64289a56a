/** What other teams put into their own CDK apps. */
export type { MetricName } from "../schemas/metrics.ts";
export type { AlarmName, AlarmThresholds } from "./alarm-rows.ts";
export type { Alarms } from "./alarms.ts";
export { BoxTokenService, type GrantOptions, type UrlGrantOptions } from "./box-token-service.ts";
export type { BoxAppProps, BoxTokenServiceProps } from "./props.ts";
export { SynthError } from "./synth-error.ts";
