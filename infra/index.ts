/** What other teams put into their own CDK apps. */

export type { MetricName } from "../schemas/protocol/metrics.ts";
export { ACKNOWLEDGED, acknowledge } from "./acknowledgements.ts";
export type { AlarmName } from "./alarm-rows.ts";
export type { AlarmThresholds } from "./alarm-thresholds.ts";
export type { Alarms } from "./alarms.ts";
export type { AliasGrantOptions } from "./alias-access.ts";
export { BoxTokenService } from "./box-token-service.ts";
export type { UrlGrantOptions } from "./function-url-access.ts";
export type { GrantOptions } from "./grantee.ts";
export type { BoxTokenServiceAttributes, IBoxTokenService } from "./imported-service.ts";
export type { BoxAppProps, BoxTokenServiceProps, FunctionNames, SharedCacheProps } from "./props.ts";
export type { OAuthProps, WebhookTarget } from "./public-function-props.ts";
export { BoxTokenStack } from "./stack.ts";
export { SynthError } from "./synth-error.ts";
