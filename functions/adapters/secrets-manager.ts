import {
  GetSecretValueCommand,
  type GetSecretValueResponse,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Failure, type ProblemCode } from "../../schemas/problems.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import { sdkHttpHandler } from "./sdk-http-handler.ts";

/** One version of a secret; `text` is the secret itself. */
export interface SecretVersion {
  readonly versionId: string;
  readonly text: string;
}

export type ReadSecret = (
  secretId: string,
  stage: "AWSCURRENT" | "AWSPREVIOUS",
  context: RequestContext,
) => Promise<SecretVersion>;

/** What Secrets Manager's, KMS's and the credential chain's errors mean, by their names. */
const PROBLEM_OF: Readonly<Record<string, ProblemCode>> = {
  ResourceNotFoundException: "secret_not_found",
  InvalidRequestException: "secret_not_found",
  InvalidParameterException: "secret_not_found",
  ValidationException: "secret_not_found",
  AccessDeniedException: "secret_forbidden",
  DecryptionFailure: "secret_forbidden",
  UnrecognizedClientException: "secret_forbidden",
  InvalidSignatureException: "secret_forbidden",
  ExpiredTokenException: "secret_forbidden",
  IncompleteSignatureException: "secret_forbidden",
  CredentialsProviderError: "secret_forbidden",
};

/** One attempt's share of a request's time, so that one that hangs leaves room for another. */
const ATTEMPT_MS = 3_000;

/**
 * Reads secrets with the AWS SDK, which retries what is worth retrying; region, credentials and
 * `AWS_ENDPOINT_URL_SECRETS_MANAGER` come from its own chain. Throws a `Failure`.
 */
export function secretReader(clock: Clock): ReadSecret {
  const client = new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: sdkHttpHandler({ connectMs: 1_000, attemptMs: ATTEMPT_MS }),
  });

  return async (secretId, stage, context) => {
    const started = clock.monotonic();
    const signal = AbortSignal.timeout(Math.max(Math.floor(context.deadline - started), 0));
    let status: string | number = 200;
    try {
      const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
      return secretVersion(await client.send(command, { abortSignal: signal }));
    } catch (error) {
      const failure = error instanceof Failure ? error : failureOf(error, signal.aborted);
      status = failure.code;
      throw failure;
    } finally {
      context.trace.steps.push({ step: "secrets-manager.get", ms: clock.monotonic() - started, status });
    }
  };
}

function secretVersion({ VersionId, SecretString, SecretBinary }: GetSecretValueResponse): SecretVersion {
  const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString("utf8"));
  if (text === undefined || VersionId === undefined) {
    throw new Failure("secret_invalid", "the secret's version has neither a string nor a binary value");
  }
  return { versionId: VersionId, text };
}

function failureOf(error: unknown, outOfTime: boolean): Failure {
  if (outOfTime)
    return new Failure("deadline_exceeded", "the request's time ran out while reading the secret");
  const { name, message } = error instanceof Error ? error : { name: "unknown", message: "" };
  const code = PROBLEM_OF[name];
  // No `cause`: the SDK's error holds the answer that it could not read, and with it the secret.
  if (code === undefined) return new Failure("secret_unavailable", `Secrets Manager: ${name}`);
  // AWS's own words name the role, the action and the secret: what the operator needs, and never a value.
  return new Failure(code, `Secrets Manager: ${name}: ${message.slice(0, 400)}`);
}
