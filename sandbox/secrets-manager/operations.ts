import { SecretsError } from "./errors.ts";
import * as input from "./input.ts";
import { listedSecrets } from "./list-secrets.ts";
import {
  addVersion,
  moveStage,
  nowSeconds,
  type Secret,
  type Store,
  selectVersion,
  type Version,
  versionWith,
} from "./store.ts";

type Output = Readonly<Record<string, unknown>>;
type Operation = (store: Store, given: input.Input) => Output;

const SECONDS_PER_DAY = 86_400;

/** An operation with the properties of a request that it takes. */
interface Served {
  readonly takes: readonly string[];
  readonly run: Operation;
}

const VALUE = ["ClientRequestToken", "SecretString", "SecretBinary"] as const;
const DETAILS = ["Description", "KmsKeyId"] as const;

/** What Secrets Manager can do here, by `X-Amz-Target`. */
export const OPERATIONS: Readonly<Record<string, Served>> = {
  CreateSecret: {
    takes: ["Name", ...VALUE, ...DETAILS, "Tags"],
    run(store, given) {
      const name = input.name(given);
      const value = input.optionalValue(given);
      const token = input.requestToken(given);
      const tags = input.tags(given);
      const details = detailsOf(given);
      const known = store.secrets.get(name);
      const isRepeat = known?.versions.has(token) === true && known.deletionAt === undefined;
      const secret = isRepeat ? known : Object.assign(store.create(name), { tags }, details);
      return versionOutput(secret, value && addVersion(secret, token, value));
    },
  },

  GetSecretValue: {
    takes: ["SecretId", "VersionId", "VersionStage"],
    run(store, given) {
      const secret = living(store, given);
      const version = selectVersion(
        secret,
        input.text(given, "VersionId"),
        input.text(given, "VersionStage"),
      );
      const { SecretString, SecretBinary, createdAt } = version;
      return {
        ...versionOutput(secret, version),
        ...stages(version),
        SecretString,
        SecretBinary,
        CreatedDate: createdAt,
      };
    },
  },

  PutSecretValue: {
    takes: ["SecretId", ...VALUE, "VersionStages"],
    run(store, given) {
      const secret = living(store, given);
      const token = input.requestToken(given);
      const version = addVersion(secret, token, input.value(given), input.versionStages(given));
      secret.changedAt = nowSeconds();
      return { ...versionOutput(secret, version), ...stages(version) };
    },
  },

  UpdateSecret: {
    takes: ["SecretId", ...VALUE, ...DETAILS],
    run(store, given) {
      const secret = living(store, given);
      const value = input.optionalValue(given);
      const token = input.requestToken(given);
      const details = detailsOf(given);
      const version = value && addVersion(secret, token, value);
      Object.assign(secret, details, { changedAt: nowSeconds() });
      return versionOutput(secret, version);
    },
  },

  UpdateSecretVersionStage: {
    takes: ["SecretId", "VersionStage", "MoveToVersionId", "RemoveFromVersionId"],
    run(store, given) {
      const secret = living(store, given);
      const stage = input.required(given, "VersionStage");
      const to = input.text(given, "MoveToVersionId");
      const from = input.text(given, "RemoveFromVersionId");
      const target = to === undefined ? undefined : selectVersion(secret, to, undefined);
      const holder = versionWith(secret, stage);
      if (holder !== undefined && holder.id !== from && holder !== target)
        throw input.invalid(mustRemoveFrom(stage, holder.id, from));
      if (stage === "AWSCURRENT" && target === undefined) {
        throw input.invalid(
          "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
        );
      }
      moveStage(secret, stage, target);
      secret.changedAt = nowSeconds();
      return { ARN: secret.arn, Name: secret.name };
    },
  },

  DescribeSecret: {
    takes: ["SecretId"],
    run(store, given) {
      const secret = store.find(input.secretId(given));
      return { ...description(secret), VersionIdsToStages: stagesByVersion(secret) };
    },
  },

  ListSecretVersionIds: {
    takes: ["SecretId", "IncludeDeprecated"],
    run(store, given) {
      const secret = store.find(input.secretId(given));
      const all = given.IncludeDeprecated === true;
      const versions = [...secret.versions.values()].filter(({ stages }) => all || stages.size > 0);
      return {
        ARN: secret.arn,
        Name: secret.name,
        Versions: versions.map((version) => ({
          VersionId: version.id,
          ...stages(version),
          CreatedDate: version.createdAt,
        })),
      };
    },
  },

  ListSecrets: {
    takes: ["Filters", "IncludePlannedDeletion", "MaxResults", "NextToken"],
    run(store, given) {
      const { secrets, nextToken } = listedSecrets(store.secrets.values(), given);
      const SecretList = secrets.map((secret) => ({
        ...description(secret),
        SecretVersionsToStages: stagesByVersion(secret),
      }));
      return { SecretList, NextToken: nextToken };
    },
  },

  DeleteSecret: {
    takes: ["SecretId", "ForceDeleteWithoutRecovery", "RecoveryWindowInDays"],
    run: (store, given) =>
      input.isForced(given) ? deleteAtOnce(store, given) : scheduleDeletion(store, given),
  },

  RestoreSecret: {
    takes: ["SecretId"],
    run(store, given) {
      const secret = store.find(input.secretId(given));
      delete secret.deletionAt;
      secret.changedAt = nowSeconds();
      return { ARN: secret.arn, Name: secret.name };
    },
  },
};

/** The operation of that name; it refuses what it does not take, unless that is false or empty. */
export function operationNamed(name: string): Operation | undefined {
  const served = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
  if (served === undefined) return undefined;
  return (store, given) => {
    const other = Object.keys(given).find((key) => !served.takes.includes(key) && !isNothing(given[key]));
    if (other === undefined) return served.run(store, given);
    throw input.invalid(`The sandbox's Secrets Manager does not serve ${other} of ${name}.`);
  };
}

const isNothing = (value: unknown): boolean =>
  value === false || value === null || (Array.isArray(value) && value.length === 0);

/** Also of a secret that waits for its deletion, or that is not there. */
function deleteAtOnce(store: Store, given: input.Input): Output {
  const id = input.secretId(given);
  const secret = store.lookup(id);
  const DeletionDate = nowSeconds();
  if (secret === undefined) return { [id.startsWith("arn:") ? "ARN" : "Name"]: id, DeletionDate };
  store.secrets.delete(secret.name);
  return { ARN: secret.arn, Name: secret.name, DeletionDate };
}

function scheduleDeletion(store: Store, given: input.Input): Output {
  const secret = living(store, given);
  const days = input.recoveryDays(given);
  secret.changedAt = nowSeconds();
  secret.deletionAt = secret.changedAt + days * SECONDS_PER_DAY;
  return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletionAt };
}

/** The secret, unless it waits for its deletion. */
function living(store: Store, given: input.Input): Secret {
  const secret = store.find(input.secretId(given));
  if (secret.deletionAt === undefined) return secret;
  throw new SecretsError(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

/** What the request describes of a secret. @throws SecretsError */
function detailsOf(given: input.Input): Pick<Secret, "description" | "kmsKeyId"> {
  const description = input.text(given, "Description");
  const kmsKeyId = input.text(given, "KmsKeyId");
  return { ...(description !== undefined && { description }), ...(kmsKeyId !== undefined && { kmsKeyId }) };
}

function versionOutput(secret: Secret, version: Version | undefined): Output {
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
}

function stages(version: Version): Output {
  return { VersionStages: [...version.stages] };
}

function description(secret: Secret): Output {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    Tags: secret.tags.length === 0 ? undefined : secret.tags,
    CreatedDate: secret.createdAt,
    LastChangedDate: secret.changedAt,
    // Nothing changes a secret that waits for its deletion.
    DeletedDate: secret.deletionAt === undefined ? undefined : secret.changedAt,
  };
}

/** Of the versions that have a label. */
function stagesByVersion({ versions }: Secret): Output {
  const labelled = [...versions.values()].filter(({ stages }) => stages.size > 0);
  return Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]]));
}

function mustRemoveFrom(stage: string, holder: string, given: string | undefined): string {
  return given === undefined
    ? `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`
    : `The staging label ${stage} is not attached to version ${given}. It is currently attached to version ${holder}.`;
}
