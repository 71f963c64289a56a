import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type CredentialProvider, defaultCredentials } from "../../client/credentials.ts";
import type { AwsCredentials } from "../../client/index.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";

/** A profile may run another program, or call a service. */
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
      if (!exported.ok) throw error;
      return exported.value;
    }
  };
}

/** Why there are no credentials of the AWS CLI. */
export type NotExported = "not installed" | "no credentials";

/** What the AWS CLI has for a profile; default: that of the variables. */
export async function ofAwsCli(
  env: NodeJS.ProcessEnv,
  profile?: string,
): Promise<Result<AwsCredentials, NotExported>> {
  try {
    const of = profile === undefined ? [] : ["--profile", profile];
    const args = ["configure", "export-credentials", "--format", "process", ...of];
    const { stdout } = await promisify(execFile)("aws", args, { env, timeout: MAX_WAIT_MS });
    const { AccessKeyId, SecretAccessKey, SessionToken } = JSON.parse(stdout) as Partial<
      Record<string, string>
    >;
    if (!AccessKeyId || !SecretAccessKey) return refused("no credentials");
    return ok({ accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken });
  } catch (error) {
    return refused((error as NodeJS.ErrnoException).code === "ENOENT" ? "not installed" : "no credentials");
  }
}
