/** What other teams put into their own CDK apps. */
export { ACKNOWLEDGED, acknowledge } from "./acknowledgements.ts";
export { BoxTokenService, type GrantOptions, type UrlGrantOptions } from "./box-token-service.ts";
export type { BoxAppProps, BoxTokenServiceProps } from "./props.ts";
export { SynthError } from "./synth-error.ts";
