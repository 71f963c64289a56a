/** What other teams put into their own CDK apps. */
export { ACKNOWLEDGED, acknowledge } from "./acknowledgements.ts";
export { BoxTokenService } from "./box-token-service.ts";
export type { GrantOptions } from "./grantee.ts";
export type { BoxAppProps, BoxTokenServiceProps } from "./props.ts";
export { SynthError } from "./synth-error.ts";
export type { UrlGrantOptions } from "./url-way.ts";
