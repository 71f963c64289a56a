import { randomBytes } from "node:crypto";
import type { DynamoDb } from "../dynamodb/server.ts";
import type { FaultName, Faults } from "../faults/faults.ts";
import { type People, REGION } from "../sample/people.ts";
import type { Closing, SandboxOptions } from "../sandbox-options.ts";
import type { SecretsManager } from "../secrets-manager/server.ts";
import { SERVICE_SECRET, TABLE } from "./shared-cache-names.ts";

/** What environments of the functions share: the table of their tokens, and the secret that encrypts it. */
export interface SharedCache {
  readonly dynamoDb: DynamoDb;
  /** Name of the service secret. */
  readonly serviceSecret: string;
  /** Stores a new version of the service secret; the one before becomes the previous version. */
  rotateServiceSecret(): void;
}

/** Starts DynamoDB with the table and stores a service secret; `undefined` where the options leave both out. */
export async function startSharedCache(
  { sharedCache = false, ports }: SandboxOptions,
  { identities, grants }: People,
  secretsManager: SecretsManager,
  faults: Faults<FaultName<"dynamodb">>,
  closing: Closing,
): Promise<SharedCache | undefined> {
  if (!sharedCache) return undefined;
  // Loaded only here: the engine has much code.
  const { startDynamoDb } = await import("../dynamodb/server.ts");
  const where = { port: ports?.dynamoDb, region: REGION, identities, grants };
  const dynamoDb = closing(await startDynamoDb({ ...where, tableName: TABLE, faults }));
  const rotateServiceSecret = () => secretsManager.put(SERVICE_SECRET, newServiceSecret());
  rotateServiceSecret();
  return { dynamoDb, serviceSecret: SERVICE_SECRET, rotateServiceSecret };
}

/** A value as Secrets Manager generates it for the construct: printable, with more than 256 bits. */
const newServiceSecret = (): string => randomBytes(48).toString("base64url");

/** The variables of a function that has a shared cache. */
export function sharedCacheVariables(shared: SharedCache | undefined): Readonly<Record<string, string>> {
  if (shared === undefined) return {};
  const { dynamoDb, serviceSecret } = shared;
  return {
    BOX_STS_TABLE: dynamoDb.tableName,
    BOX_STS_SERVICE_SECRET: serviceSecret,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  };
}
