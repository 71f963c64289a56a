import { clientError } from "./errors.ts";
import type { AwsCredentials } from "./sigv4.ts";

/** Gives the credentials of the moment; asked once per request, so it should remember what is still valid. */
export type CredentialProvider = () => Promise<AwsCredentials>;

/** Optional: whoever has no variables and does not install it passes `credentials`. */
const AWS_PROVIDERS = "@aws-sdk/credential-providers";

/**
 * Credentials from the variables that Lambda sets, else from the AWS SDK's own chain (profiles, SSO, containers,
 * instances) where `@aws-sdk/credential-providers` is installed.
 */
export function defaultCredentials(env: NodeJS.ProcessEnv = process.env): CredentialProvider {
  let chain: Promise<CredentialProvider> | undefined;
  return async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
    if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
      return {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        sessionToken: AWS_SESSION_TOKEN || undefined,
      };
    }
    chain ??= awsChain();
    return (await chain)();
  };
}

/** A provider whose failures, in whatever words, are `no_credentials`. @throws BoxStsError */
export function checked(given: AwsCredentials | CredentialProvider): CredentialProvider {
  const provide = typeof given === "function" ? given : async () => given;
  return async () => {
    const found = await provide().catch((error: unknown) => {
      throw clientError("no_credentials", error instanceof Error ? `(${error.name})` : "");
    });
    if (!isText(found?.accessKeyId) || !isText(found.secretAccessKey)) throw clientError("no_credentials");
    return found;
  };
}

async function awsChain(): Promise<CredentialProvider> {
  // A variable in the place of a literal, so that no bundler demands the package.
  const { fromNodeProviderChain } = await import(AWS_PROVIDERS);
  return fromNodeProviderChain();
}

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
