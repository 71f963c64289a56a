import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type CredentialProvider, defaultCredentials } from "../../client/credentials.ts";
import type { AwsCredentials } from "../../client/index.ts";

/** A profile may ask another program, or a service. */
const MAX_WAIT_MS = 30_000;

/**
 * The credentials of this shell: the variables, else the AWS SDK's chain where it is installed, else what the AWS CLI
 * (2.9 or later) has for the profile: SSO, roles, `credential_process`.
 */
export function awsCredentials(env: NodeJS.ProcessEnv): CredentialProvider {
  const ofPrograms = defaultCredentials(env);
  return async () => {
    try {
      return await ofPrograms();
    } catch (error) {
      const exported = await ofAwsCli(env);
      if (exported === undefined) throw error;
      return exported;
    }
  };
}

/** What the AWS CLI has for a profile; default: that of the variables. */
export async function ofAwsCli(
  env: NodeJS.ProcessEnv,
  profile?: string,
): Promise<AwsCredentials | undefined> {
  try {
    const of = profile === undefined ? [] : ["--profile", profile];
    const args = ["configure", "export-credentials", "--format", "process", ...of];
    const { stdout } = await promisify(execFile)("aws", args, { env, timeout: MAX_WAIT_MS });
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout) as Partial<
      Record<string, string>
    >;
    if (!AccessKeyId || !SecretAccessKey) return undefined;
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  } catch {
    // There is no AWS CLI, or it has no credentials either: the first error says what was tried.
    return undefined;
  }
}
