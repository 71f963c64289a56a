import { Stack } from "aws-cdk-lib";
import { type IRole, type Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { grantRead } from "./app-secrets.ts";
import { SCAN, type SharedCache } from "./shared-cache.ts";

/** What one function may do with the shared cache. */
export interface SharedCacheAccess {
  readonly cache: SharedCache;
  /** What the keys of the items begin with that it may read and write; absent: every item. */
  readonly keyPrefix?: string;
  /** Whether it may scan the table, which no key prefix can narrow. */
  readonly scans?: true;
  /** Whether it reads the service secret. */
  readonly readsServiceSecret: boolean;
}

/** The two calls that the functions make; a lease and an eviction are conditional `PutItem` calls. */
const TABLE_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem"];

/**
 * What DynamoDB does with a table's key on behalf of a principal that uses the table, but for `CreateGrant`:
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
 */
const KEY_ACTIONS = [
  "kms:Decrypt",
  "kms:Encrypt",
  "kms:GenerateDataKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
];

/** The variables by which a function finds what it may use. */
export function sharedCacheEnvironment({ cache, readsServiceSecret }: SharedCacheAccess) {
  return {
    BOX_STS_TABLE: cache.table.tableName,
    ...(readsServiceSecret ? { BOX_STS_SERVICE_SECRET: cache.serviceSecret.arn } : {}),
  };
}

/** Lets the role of the policy use the table, its key through DynamoDB alone, and both versions of the service secret. */
export function grantSharedCache(policy: Policy, role: IRole, access: SharedCacheAccess): void {
  const { cache, keyPrefix, scans = false, readsServiceSecret } = access;
  const { table, encryptionKey, serviceSecret } = cache;
  if (readsServiceSecret) grantRead(policy, [serviceSecret], ["AWSCURRENT", "AWSPREVIOUS"]);
  const { region, urlSuffix } = Stack.of(policy);
  const throughDynamoDb = { "kms:ViaService": `dynamodb.${region}.${urlSuffix}` };
  const ofThisTable = { "kms:EncryptionContext:aws:dynamodb:tableName": table.tableName };
  const resources = [encryptionKey.keyArn];
  policy.addStatements(
    new PolicyStatement({
      actions: TABLE_ACTIONS,
      resources: [table.tableArn],
      ...(keyPrefix === undefined ? {} : { conditions: ofKeys(keyPrefix) }),
    }),
    ...(scans ? [new PolicyStatement({ actions: [SCAN], resources: [table.tableArn] })] : []),
    new PolicyStatement({
      actions: KEY_ACTIONS,
      resources,
      conditions: { StringEquals: { ...throughDynamoDb, ...ofThisTable } },
    }),
    // It has no encryption context, which a condition could compare.
    new PolicyStatement({
      actions: ["kms:DescribeKey"],
      resources,
      conditions: { StringEquals: throughDynamoDb },
    }),
  );
  if (scans) cache.allowScan(role);
}

/**
 * `ForAllValues` holds where a request names no key, hence `Null`:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
 */
function ofKeys(prefix: string) {
  return {
    "ForAllValues:StringLike": { "dynamodb:LeadingKeys": [`${prefix}*`] },
    Null: { "dynamodb:LeadingKeys": "false" },
  };
}
