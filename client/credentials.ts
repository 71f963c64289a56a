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
    const missing = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].filter((name) => !env[name]);
    const variables = `the environment (${missing.join(" and ")} not set)`;
    chain ??= awsChain();
    const provide = await chain.catch((error: unknown) => {
      throw tried(`${variables}, ${AWS_PROVIDERS} (${whyNotLoaded(error)})`);
    });
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

/** `true` where this is built as CommonJS (`tools/build-library.ts`). */
declare const IS_COMMON_JS: true | undefined;

async function awsChain(): Promise<CredentialProvider> {
  const { fromNodeProviderChain } = await awsProviders();
  return fromNodeProviderChain();
}

/**
 * By Node itself, also in a bundle: a bundler takes neither a name in a variable nor `createRequire` for a package that it
 * must find. In CommonJS not by `import()`, which fails where Jest runs a test.
 */
async function awsProviders(): Promise<{ fromNodeProviderChain(): CredentialProvider }> {
  if (typeof IS_COMMON_JS === "undefined")
    return import(/* webpackIgnore: true */ /* @vite-ignore */ AWS_PROVIDERS);
  const { default: module } = await import("node:module");
  return module.createRequire(import.meta.url)(AWS_PROVIDERS);
}

/** A bundler's own error has the code of Node's, and not its sentence. */
function whyNotLoaded(error: unknown): string {
  if (!(error instanceof Error)) return "it cannot be loaded";
  const { code } = error as NodeJS.ErrnoException;
  const isMissing =
    (code === "ERR_MODULE_NOT_FOUND" && error.message.startsWith(`Cannot find package '${AWS_PROVIDERS}'`)) ||
    (code === "MODULE_NOT_FOUND" && "requireStack" in error && error.message.includes(`'${AWS_PROVIDERS}'`));
  return isMissing ? "it is not installed" : `it cannot be loaded: ${code ?? error.name}`;
}

const tried = (what: string): BoxStsError => clientError("no_credentials", `Tried: ${what}.`);

const nameOf = (error: unknown): string => (error instanceof Error ? error.name : "it failed");

const isText = (value: unknown): boolean => typeof value === "string" && value !== "";
