/** `box-sts/client`: gets Box tokens from a token function, for programs that use Box. */
export { boxAuth } from "./box-auth.ts";
export type { CredentialProvider } from "./credentials.ts";
export { BoxStsError, type BoxStsErrorCode } from "./errors.ts";
export type { AwsCredentials } from "./sigv4.ts";
export type { SkillAuth, SkillTokenAuth } from "./skill-auth.ts";
export type { BoxAccessToken, BoxAuth, BoxAuthOptions, ByInvoke, ByUrl, Subject } from "./types.ts";
