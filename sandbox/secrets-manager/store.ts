import { randomInt } from "node:crypto";
import { notFound, SecretsError, valueNotFound } from "./errors.ts";

/** What a version holds; binary values as the base64 text that goes over the wire. */
export interface SecretValue {
  readonly SecretString?: string;
  readonly SecretBinary?: string;
}

export interface Version extends SecretValue {
  readonly id: string;
  /** Seconds since 1970, with fraction, as AWS JSON has it. */
  readonly createdAt: number;
  readonly stages: Set<string>;
}

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  changedAt: number;
  tags: readonly Tag[];
  description?: string;
  kmsKeyId?: string;
  /** Seconds since 1970; set while the secret waits for its deletion. */
  deletionAt?: number;
  readonly versions: Map<string, Version>;
}

export interface Store {
  readonly secrets: Map<string, Secret>;
  /** @throws SecretsError if the name is in use, also by a secret that waits for its deletion. */
  create(name: string): Secret;
  /**
   * Finds by name, ARN, or ARN without the six random characters. An ARN that ends as if it had them is complete:
   * https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
   */
  lookup(id: string): Secret | undefined;
  /** @throws SecretsError if there is none. */
  find(id: string): Secret;
}

const SUFFIX_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export function secretStore(region: string, account: string): Store {
  const secrets = new Map<string, Secret>();
  const lookup = (id: string) => {
    const isPartial = !/-[A-Za-z0-9]{6}$/.test(id);
    return (
      secrets.get(id) ??
      [...secrets.values()].find(({ arn }) => arn === id || (isPartial && arn.slice(0, -7) === id))
    );
  };
  return {
    secrets,
    lookup,
    create(name) {
      const known = secrets.get(name);
      if (known?.deletionAt !== undefined) {
        throw new SecretsError(
          "InvalidRequestException",
          "You can't create this secret because a secret with this name is already scheduled for deletion.",
        );
      }
      if (known !== undefined) {
        throw new SecretsError(
          "ResourceExistsException",
          `The operation failed because the secret ${name} already exists.`,
        );
      }
      const suffix = Array.from({ length: 6 }, () => SUFFIX_LETTERS[randomInt(SUFFIX_LETTERS.length)]).join(
        "",
      );
      const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${suffix}`;
      const at = nowSeconds();
      const secret: Secret = { name, arn, createdAt: at, changedAt: at, tags: [], versions: new Map() };
      secrets.set(name, secret);
      return secret;
    },
    find(id) {
      const found = lookup(id);
      if (found === undefined) throw notFound();
      return found;
    },
  };
}

/**
 * Adds a version, or returns the one that the same request made before.
 * @throws SecretsError if the token was used for another value.
 */
export function addVersion(
  secret: Secret,
  token: string,
  value: SecretValue,
  stages: readonly string[] = ["AWSCURRENT"],
): Version {
  const known = secret.versions.get(token);
  if (known !== undefined) {
    const same = known.SecretString === value.SecretString && known.SecretBinary === value.SecretBinary;
    if (same) return known;
    throw new SecretsError(
      "ResourceExistsException",
      `You can't use ClientRequestToken ${token} because that value is already in use for a version of secret ${secret.arn}.`,
    );
  }
  const version: Version = { ...value, id: token, createdAt: nowSeconds(), stages: new Set() };
  secret.versions.set(token, version);
  const first = secret.versions.size === 1 && !stages.includes("AWSCURRENT");
  for (const stage of first ? ["AWSCURRENT", ...stages] : stages) moveStage(secret, stage, version);
  return version;
}

/** Moves a label; when `AWSCURRENT` moves, the version that had it becomes `AWSPREVIOUS`. */
export function moveStage(secret: Secret, stage: string, to: Version | undefined): void {
  const from = versionWith(secret, stage);
  if (from === to) return;
  from?.stages.delete(stage);
  to?.stages.add(stage);
  if (stage === "AWSCURRENT" && from !== undefined) moveStage(secret, "AWSPREVIOUS", from);
}

export function versionWith(secret: Secret, stage: string): Version | undefined {
  return [...secret.versions.values()].find(({ stages }) => stages.has(stage));
}

/**
 * The version that `VersionId` and `VersionStage` name; `AWSCURRENT` if neither does.
 * @throws SecretsError
 */
export function selectVersion(secret: Secret, id: string | undefined, stage: string | undefined): Version {
  if (id === undefined) {
    const version = versionWith(secret, stage ?? "AWSCURRENT");
    if (version === undefined) throw valueNotFound("staging label", stage ?? "AWSCURRENT");
    return version;
  }
  const version = secret.versions.get(id);
  if (version === undefined) throw valueNotFound("VersionId", id);
  if (stage === undefined || version.stages.has(stage)) return version;
  throw new SecretsError(
    "InvalidRequestException",
    "You provided a VersionStage that is not associated to the provided VersionId.",
  );
}

export const nowSeconds = (): number => Date.now() / 1_000;
