import { BoxStsError, clientError } from "./errors.ts";
import type { AwsCredentials } from "./sigv4.ts";

/**
 * Returns valid credentials. Called once per request, so it should cache them while they are valid.
 * @example
 * ```ts
 * import { fromTemporaryCredentials } from "@aws-sdk/credential-providers";
 * import { boxAuth } from "box-sts/client";
 *
 * const credentials = fromTemporaryCredentials({ params: { RoleArn: "arn:aws:iam::123456789012:role/reports" } });
 * export const auth = boxAuth({ functionName: "token-invoke", alias: "reports", credentials });
 * ```
 */
export type CredentialProvider = () => Promise<AwsCredentials>;

/** An optional peer: without it and without environment variables, the program passes `credentials`. */
const AWS_PROVIDERS = "@aws-sdk/credential-providers";

/**
 * Credentials from the variables that Lambda sets, else from the AWS SDK's own chain (profiles, SSO, containers,
 * instances) where `@aws-sdk/credential-providers` is installed.
 */
export function defaultCredentials(env: NodeJS.ProcessEnv = process.env): CredentialProvider {
  let chain: Promise<CredentialProvider | undefined> | undefined;
  return async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = env;
    if (AWS_ACCESS_KEY_ID && AWS_SECRET_ACCESS_KEY) {
      return {
        accessKeyId: AWS_ACCESS_KEY_ID,
        secretAccessKey: AWS_SECRET_ACCESS_KEY,
        sessionToken: AWS_SESSION_TOKEN || undefined,
      };
    }
    const missing = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].filter((name) => !env[name]);
    const variables = `the environment (${missing.join(" and ")} not set)`;
    chain ??= awsChain().catch(() => undefined);
    const provide = await chain;
    if (provide === undefined) throw tried(`${variables}, ${AWS_PROVIDERS} (it is not installed)`);
    const profile = env.AWS_PROFILE ? `, AWS_PROFILE is set` : "";
    return provide().catch((error: unknown) => {
      throw tried(`${variables}, ${AWS_PROVIDERS} (${nameOf(error)}${profile})`);
    });
  };
}

/** A provider whose failures, in whatever words, are `no_credentials`. @throws BoxStsError */
export function validatedProvider(given: AwsCredentials | CredentialProvider): CredentialProvider {
  const provide = typeof given === "function" ? given : async () => given;
  return async () => {
    let found: AwsCredentials | undefined;
    try {
      found = await provide();
    } catch (error) {
      if (error instanceof BoxStsError) throw error;
      throw tried(`the \`credentials\` that were passed (${nameOf(error)})`);
    }
    if (!isText(found?.accessKeyId) || !isText(found.secretAccessKey)) {
      throw tried("the `credentials` that were passed (they lack accessKeyId or secretAccessKey)");
    }
    const { accessKeyId, secretAccessKey } = found;
    // Of variables that are not set some programs make an empty text, or `null`: neither is a session token.
    const sessionToken = found.sessionToken || "";
    for (const [name, value] of Object.entries({ accessKeyId, secretAccessKey, sessionToken }))
      if (!CREDENTIAL.test(value)) {
        throw tried(`AWS credentials whose ${name} has a space, a line break or another such character`);
      }
    return found.sessionToken === undefined || sessionToken !== "" ? found : { accessKeyId, secretAccessKey };
  };
}

/** What a header can hold, and more than AWS uses. */
const CREDENTIAL = /^[\x21-\x7e]*$/;

async function awsChain(): Promise<CredentialProvider> {
  // A variable instead of a literal, so that no bundler demands the package.
  const { fromNodeProviderChain } = await import(AWS_PROVIDERS);
  return fromNodeProviderChain();
}

const tried = (what: string): BoxStsError => clientError("no_credentials", `Tried: ${what}.`);

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "it failed");

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
