import { randomUUID } from "node:crypto";
import { isObject } from "../../schemas/json/is-object.ts";
import { SecretsError } from "./errors.ts";
import type { SecretValue, Tag } from "./store.ts";

/** The JSON object of a request, unchecked; the readers below throw SecretsError where a property is wrong. */
export type Input = Readonly<Record<string, unknown>>;

const MAX_VALUE_BYTES = 65_536;

export const invalid = (message: string) => new SecretsError("InvalidParameterException", message);

export function parse(body: string): Input {
  try {
    const given: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isObject(given)) return given;
  } catch {
    // Handled like any other body that is not an object.
  }
  throw new SecretsError("SerializationException", "The request body is not a JSON object.");
}

export function text(given: Input, property: string): string | undefined {
  const value = given[property];
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string") return value;
  throw new SecretsError("SerializationException", `${property} is not a string.`);
}

export function texts(given: Input, property: string): readonly string[] | undefined {
  const value = given[property];
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value) && value.every((item) => typeof item === "string")) return value;
  throw new SecretsError("SerializationException", `${property} is not a list of strings.`);
}

export function required(given: Input, property: string): string {
  const value = text(given, property);
  if (value === undefined || value === "") throw invalid(`You must provide a value for ${property}.`);
  return value;
}

const violation = (message: string) => new SecretsError("ValidationException", message);

const INVALID_NAME =
  "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!";

/** Of a new secret: a name with `!` belongs to a secret that a service of AWS manages. */
export function name(given: Input): string {
  const value = required(given, "Name");
  if (/^[A-Za-z0-9/_+=.@-]{1,512}$/.test(value)) return value;
  throw violation(INVALID_NAME);
}

/** Name or ARN of a secret. */
export function secretId(given: Input): string {
  const value = required(given, "SecretId");
  if (value.startsWith("arn:") || /^[A-Za-z0-9/_+=.@!-]{1,512}$/.test(value)) return value;
  throw violation(INVALID_NAME);
}

export function optionalValue(given: Input): SecretValue | undefined {
  const string = text(given, "SecretString");
  const binary = text(given, "SecretBinary");
  if (string !== undefined && binary !== undefined) {
    throw invalid(
      "You can't specify both a binary secret value and a string secret value in the same secret.",
    );
  }
  if (string === "" || binary === "") throw invalid("SecretString and SecretBinary must not be empty.");
  const size = string === undefined ? Buffer.byteLength(binary ?? "", "base64") : Buffer.byteLength(string);
  if (size > MAX_VALUE_BYTES) {
    const property = string === undefined ? "secretBinary" : "secretString";
    const limit = `Member must have length less than or equal to ${MAX_VALUE_BYTES}`;
    throw violation(
      `1 validation error detected: Value at '${property}' failed to satisfy constraint: ${limit}`,
    );
  }
  if (string !== undefined) return { SecretString: string };
  return binary === undefined ? undefined : { SecretBinary: binary };
}

export function value(given: Input): SecretValue {
  const found = optionalValue(given);
  if (found !== undefined) return found;
  throw new SecretsError("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
}

/** The id of a new version. */
export function requestToken(given: Input): string {
  const token = text(given, "ClientRequestToken") ?? randomUUID();
  if (token.length >= 32 && token.length <= 64) return token;
  throw invalid("ClientRequestToken must be 32-64 characters long.");
}

export function versionStages(given: Input): readonly string[] | undefined {
  const stages = texts(given, "VersionStages");
  if (stages?.length === 0) throw invalid("VersionStages must have one label at least.");
  return stages;
}

export function tags({ Tags = [] }: Input): readonly Tag[] {
  if (Array.isArray(Tags) && Tags.every(isTag)) return Tags.map(({ Key, Value = "" }) => ({ Key, Value }));
  throw invalid("Tags is not a list of tags, which have a Key each.");
}

const isTag = (given: unknown): given is { readonly Key: string; readonly Value?: string } =>
  isObject(given) &&
  typeof given.Key === "string" &&
  given.Key !== "" &&
  ["string", "undefined"].includes(typeof given.Value);

/** Whether the secret is to be deleted at once. */
export function isForced({ ForceDeleteWithoutRecovery, RecoveryWindowInDays }: Input): boolean {
  if (ForceDeleteWithoutRecovery !== true) return false;
  if (RecoveryWindowInDays === undefined) return true;
  throw invalid("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
}

export function recoveryDays(given: Input): number {
  const days = given.RecoveryWindowInDays ?? 30;
  if (typeof days === "number" && days >= 7 && days <= 30) return days;
  throw invalid("RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
}
