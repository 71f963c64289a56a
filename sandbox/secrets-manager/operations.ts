import { randomUUID } from "node:crypto";
import { SecretsError } from "./errors.ts";
import * as input from "./input.ts";
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

/** What Secrets Manager can do here, by `X-Amz-Target`. */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  CreateSecret(store, given) {
    const name = input.name(given);
    const value = input.optionalValue(given);
    const token = input.text(given, "ClientRequestToken") ?? randomUUID();
    const known = store.secrets.get(name);
    const secret = known?.versions.has(token) ? known : store.create(name);
    describe(secret, given);
    return versionOutput(secret, value && addVersion(secret, token, value));
  },

  GetSecretValue(store, given) {
    const secret = living(store, given);
    const version = selectVersion(secret, input.text(given, "VersionId"), input.text(given, "VersionStage"));
    const { SecretString, SecretBinary, createdAt } = version;
    return {
      ...versionOutput(secret, version),
      ...stages(version),
      SecretString,
      SecretBinary,
      CreatedDate: createdAt,
    };
  },

  PutSecretValue(store, given) {
    const secret = living(store, given);
    const token = input.text(given, "ClientRequestToken") ?? randomUUID();
    const version = addVersion(secret, token, input.value(given), input.texts(given, "VersionStages"));
    return { ...versionOutput(secret, version), ...stages(version) };
  },

  UpdateSecret(store, given) {
    const secret = living(store, given);
    const value = input.optionalValue(given);
    const token = input.text(given, "ClientRequestToken") ?? randomUUID();
    describe(secret, given);
    return versionOutput(secret, value && addVersion(secret, token, value));
  },

  UpdateSecretVersionStage(store, given) {
    const secret = living(store, given);
    const stage = input.required(given, "VersionStage");
    const to = input.text(given, "MoveToVersionId");
    const from = input.text(given, "RemoveFromVersionId");
    const target = to === undefined ? undefined : selectVersion(secret, to, undefined);
    const holder = versionWith(secret, stage);
    if (holder !== undefined && holder.id !== from && holder !== target) {
      throw new SecretsError("InvalidParameterException", mustRemoveFrom(stage, holder.id, from));
    }
    if (stage === "AWSCURRENT" && target === undefined) {
      throw new SecretsError(
        "InvalidParameterException",
        "You can only move staging label AWSCURRENT to a different secret version. It can't be completely removed.",
      );
    }
    moveStage(secret, stage, target);
    return { ARN: secret.arn, Name: secret.name };
  },

  DescribeSecret(store, given) {
    return description(store.find(input.required(given, "SecretId")));
  },

  ListSecretVersionIds(store, given) {
    const secret = store.find(input.required(given, "SecretId"));
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

  ListSecrets(store) {
    const living = [...store.secrets.values()].filter(({ deletionAt }) => deletionAt === undefined);
    return { SecretList: living.map(description) };
  },

  DeleteSecret(store, given) {
    const secret = living(store, given);
    const force = given.ForceDeleteWithoutRecovery === true;
    const days = force ? 0 : input.recoveryDays(given);
    secret.deletionAt = nowSeconds() + days * SECONDS_PER_DAY;
    if (force) store.secrets.delete(secret.name);
    return { ARN: secret.arn, Name: secret.name, DeletionDate: secret.deletionAt };
  },

  RestoreSecret(store, given) {
    const secret = store.find(input.required(given, "SecretId"));
    delete secret.deletionAt;
    return { ARN: secret.arn, Name: secret.name };
  },
};

/** The secret, unless it waits for its deletion. */
function living(store: Store, given: input.Input): Secret {
  const secret = store.find(input.required(given, "SecretId"));
  if (secret.deletionAt === undefined) return secret;
  throw new SecretsError(
    "InvalidRequestException",
    "You can't perform this operation on the secret because it was marked for deletion.",
  );
}

function describe(secret: Secret, given: input.Input): void {
  const text = input.text(given, "Description");
  const key = input.text(given, "KmsKeyId");
  if (text !== undefined) secret.description = text;
  if (key !== undefined) secret.kmsKeyId = key;
}

function versionOutput(secret: Secret, version: Version | undefined): Output {
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
}

function stages(version: Version): Output {
  return { VersionStages: [...version.stages] };
}

function description(secret: Secret): Output {
  const labelled = [...secret.versions.values()].filter(({ stages }) => stages.size > 0);
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    KmsKeyId: secret.kmsKeyId,
    CreatedDate: secret.createdAt,
    DeletedDate: secret.deletionAt === undefined ? undefined : nowSeconds(),
    VersionIdsToStages: Object.fromEntries(labelled.map(({ id, stages }) => [id, [...stages]])),
  };
}

function mustRemoveFrom(stage: string, holder: string, given: string | undefined): string {
  return given === undefined
    ? `The parameter RemoveFromVersionId can't be empty. Staging label ${stage} is currently attached to version ${holder}, so you must explicitly reference that version in RemoveFromVersionId.`
    : `The staging label ${stage} is not attached to version ${given}. It is currently attached to version ${holder}.`;
}
