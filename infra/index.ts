/** What other teams put into their own CDK apps. */

export { acknowledge } from "./acknowledgements.ts";
export type { AliasGrantOptions } from "./alias-way.ts";
export { BoxTokenService } from "./box-token-service.ts";
export type { GrantOptions } from "./grantee.ts";
export type { BoxTokenServiceAttributes, IBoxTokenService } from "./imported-service.ts";
export type { BoxAppProps, BoxTokenServiceProps, FunctionNames } from "./props.ts";
export { BoxTokenStack } from "./stack.ts";
export { SynthError } from "./synth-error.ts";
