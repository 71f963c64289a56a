import {
  GetSecretValueCommand,
  type GetSecretValueResponse,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { Clock, ReadSecret, SecretVersion } from "../broker/ports.ts";
import { printableAws } from "../log/printable.ts";
import { isAboutKey } from "./encryption-key.ts";
import { errorName, isRefusal } from "./error-name.ts";
import { sdkHttpHandler } from "./http-handler.ts";
import { sdkCall } from "./sdk-call.ts";
import { isThrottling } from "./throttling.ts";

/**
 * What errors of Secrets Manager and the credential chain mean, by their names; a map, because the name comes from
 * outside. Any other error with a 4xx status is a refusal too: only after an outage does the cached secret remain in use.
 */
const PROBLEM_OF: ReadonlyMap<string, ProblemCode> = new Map<string, ProblemCode>([
  ["ResourceNotFoundException", "secret_not_found"],
  ["InvalidRequestException", "secret_not_found"],
  ["InvalidParameterException", "secret_not_found"],
  ["ValidationException", "secret_not_found"],
  ["CredentialsProviderError", "secret_forbidden"],
  ["RequestTimeout", "secret_unavailable"],
  ["RequestTimeoutException", "secret_unavailable"],
  ["ServiceUnavailable", "secret_unavailable"],
  ["ServiceUnavailableException", "secret_unavailable"],
  ["InternalServiceError", "secret_unavailable"],
  ["InternalFailure", "secret_unavailable"],
]);

/** One attempt's share of a request's time, so that one that hangs leaves room for another. */
const ATTEMPT_MS = 3_000;

/**
 * Reads secrets with the AWS SDK, which retries what is worth retrying; region, credentials and
 * `AWS_ENDPOINT_URL_SECRETS_MANAGER` come from its own chain. Throws a `Failure`.
 * @param whileWaiting called when the first request has been sent: what it does takes no time of its own
 */
export function secretReader(clock: Clock, whileWaiting?: () => void): ReadSecret {
  const onSent = () => {
    whileWaiting?.();
    whileWaiting = undefined;
  };
  const client = new SecretsManagerClient({
    maxAttempts: 3,
    requestHandler: sdkHttpHandler({ connectMs: 1_000, attemptMs: ATTEMPT_MS, onSent }),
  });

  return (secretId, stage, context) => {
    const command = new GetSecretValueCommand({ SecretId: secretId, VersionStage: stage });
    return sdkCall(
      { step: "secrets-manager.get", clock },
      context,
      async (options) => secretVersion(await client.send(command, options)),
      failureOf,
    );
  };
}

function secretVersion(response: GetSecretValueResponse): SecretVersion {
  const { VersionId, SecretString, SecretBinary, CreatedDate } = response;
  const text = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString("utf8"));
  // An empty response, which is a success to the SDK, says nothing about the secret.
  if (VersionId === undefined) {
    throw new Failure("secret_unavailable", "Secrets Manager: the response has no version of the secret");
  }
  if (text === undefined) {
    throw new Failure("secret_invalid", "the secret's version has neither a string nor a binary value");
  }
  const createdAt = CreatedDate?.getTime();
  return { versionId: VersionId, text, ...(createdAt !== undefined && { createdAt }) };
}

function failureOf(error: unknown, timedOut: boolean): Failure {
  if (error instanceof Failure) return error;
  if (timedOut)
    return new Failure("deadline_exceeded", "the request's time ran out while reading the secret");
  const { name, message } = error instanceof Error ? error : { name: "unknown", message: "" };
  const code = codeOf(name, message, error);
  // No `cause`: the SDK's error holds the response that it could not read, and with it the secret.
  const detail = `Secrets Manager: ${errorName(error)}`;
  if (code === "secret_unavailable") return new Failure(code, detail);
  // AWS's own words name the role, the action and the secret: what the operator needs.
  return new Failure(code, `${detail}: ${printableAws(message)}`);
}

function codeOf(name: string, message: string, error: unknown): ProblemCode {
  const code =
    PROBLEM_OF.get(name) ??
    (!isThrottling(name) && isRefusal(error) ? "secret_forbidden" : "secret_unavailable");
  return code !== "secret_unavailable" && isAboutKey(name, message) ? "secret_key_forbidden" : code;
}
