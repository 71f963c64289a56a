import { Annotations, Duration, Lazy, RemovalPolicy, Tags } from "aws-cdk-lib";
import { AttributeType, BillingMode, Table, TableEncryption } from "aws-cdk-lib/aws-dynamodb";
import { Effect, type IRole, PolicyDocument, PolicyStatement, StarPrincipal } from "aws-cdk-lib/aws-iam";
import { type IKey, Key } from "aws-cdk-lib/aws-kms";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { Construct } from "constructs";
import type { ReadableSecret } from "./app-secrets.ts";
import { serviceName } from "./metrics.ts";
import type { BoxTokenServiceProps } from "./props.ts";
import { orReport } from "./report-errors.ts";
import { checkKeyLocation } from "./resource-location.ts";

/** What all environments of the functions share: a table of encrypted tokens, and the secret that encrypts them. */
export interface SharedCache {
  readonly table: Table;
  readonly encryptionKey: IKey;
  readonly serviceSecret: ReadableSecret;
  /** Lets this role alone scan the table, which is denied to every other principal. Of a table with connections. */
  allowScan(role: IRole): void;
}

export const SCAN = "dynamodb:Scan";

/** What reads more than one item at a time. No function needs it, and a principal that has it reads every token's record. */
const DENIED_TO_ALL = [
  "dynamodb:BatchGetItem",
  "dynamodb:ExportTableToPointInTime",
  "dynamodb:PartiQLDelete",
  "dynamodb:PartiQLInsert",
  "dynamodb:PartiQLSelect",
  "dynamodb:PartiQLUpdate",
  "dynamodb:Query",
  SCAN,
];

/**
 * A cache: every token in it can be issued again. A table that outlived the stack, or a recovery to any point of the last
 * 35 days, would keep tokens for longer than they live.
 */
const GONE_WITH_THE_STACK = { removalPolicy: RemovalPolicy.DESTROY };

/**
 * With connections: a refresh token cannot be made again, only its user can connect again. A recovery brings back what was
 * not refreshed since, and an idle connection is refreshed after 30 days, so that older points are of no use; each day
 * keeps the records of users who have disconnected.
 */
const KEPT = {
  // A first deployment that fails could not delete a protected table: its rollback would fail with it.
  removalPolicy: RemovalPolicy.RETAIN,
  deletionProtection: true,
  pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true, recoveryPeriodInDays: 7 },
};

/** @returns `undefined` where the deployment has no shared cache */
export function sharedCache(
  scope: Construct,
  { sharedCache: given, vpc, oauth }: Pick<BoxTokenServiceProps, "sharedCache" | "vpc" | "oauth">,
): SharedCache | undefined {
  // A program without types may write false.
  if (!given) return undefined;
  const own = new Construct(scope, "SharedCache");
  const givenKey = orReport(
    scope,
    () => checkedKey(scope, given === true ? undefined : given.encryptionKey),
    () => undefined,
  );
  const hasConnections = Boolean(oauth);
  const encryptionKey = givenKey ?? newKey(scope, own, hasConnections);
  let scanner: string | undefined;
  const table = new Table(own, "Table", {
    partitionKey: { name: "pk", type: AttributeType.STRING },
    timeToLiveAttribute: "delete_after",
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: TableEncryption.CUSTOMER_MANAGED,
    encryptionKey,
    resourcePolicy: hasConnections
      ? closedButForScans(Lazy.string({ produce: () => scanner }))
      : closedTo(DENIED_TO_ALL),
    ...(hasConnections ? KEPT : GONE_WITH_THE_STACK),
  });
  if (vpc !== undefined) hintAtEndpoint(own);
  const serviceSecret = { arn: generatedSecret(own), encryptionKey: undefined };
  return {
    ...{ table, encryptionKey, serviceSecret },
    allowScan({ roleArn }) {
      scanner = roleArn;
    },
  };
}

/** @throws {SynthError} for a key with which DynamoDB encrypts no table of the stack */
function checkedKey(scope: Construct, key: IKey | undefined): IKey | undefined {
  if (key === undefined) return undefined;
  const property = "sharedCache.encryptionKey";
  checkKeyLocation(scope, key, {
    property,
    otherRegion: "a key encrypts tables of its own region alone; give a key of that region",
    crossAccount: false,
    otherAccount: "DynamoDB takes keys of the table's own account; give one of that account",
  });
  return key;
}

function newKey(service: Construct, scope: Construct, isKept: boolean): IKey {
  const key = new Key(scope, "Key", {
    description: "box-sts: encrypts the table of the shared cache",
    enableKeyRotation: true,
    // With the table goes everything that the key encrypts.
    removalPolicy: isKept ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    pendingWindow: Duration.days(7),
  });
  // A key has no name: by this tag operators find it, and the deployer's permissions are about it alone.
  Tags.of(key).add("box-sts:service", serviceName(service));
  return key;
}

function closedTo(actions: readonly string[]): PolicyDocument {
  return new PolicyDocument({ statements: [denied("OneItemAtATime", actions)] });
}

/** @param scanner ARN of the one role that may scan */
function closedButForScans(scanner: string): PolicyDocument {
  const document = closedTo(DENIED_TO_ALL.filter((action) => action !== SCAN));
  document.addStatements(
    denied("OnlyTheSweepScans", [SCAN], { ArnNotEquals: { "aws:PrincipalArn": scanner } }),
  );
  return document;
}

/** `*` is the table itself, whose name CloudFormation makes up when it makes the table with this policy. */
function denied(sid: string, actions: readonly string[], conditions?: Readonly<Record<string, object>>) {
  return new PolicyStatement({
    ...{
      sid,
      effect: Effect.DENY,
      principals: [new StarPrincipal()],
      actions: [...actions],
      resources: ["*"],
    },
    ...(conditions === undefined ? {} : { conditions }),
  });
}

/**
 * L1, because the L2 can be given a value. CloudFormation generates another value whenever a property of
 * `GenerateSecretString` changes, which would make every record of the table unreadable: none of them may change.
 * It has no name of its own, so that a cache that is switched off and on again, which leaves the first one in the
 * account, gets another one.
 */
function generatedSecret(scope: Construct): string {
  const secret = new CfnSecret(scope, "ServiceSecret", {
    description: "box-sts: the key of the tokens in the shared cache; rotate it as docs/operate.md describes",
    generateSecretString: { passwordLength: 64, excludePunctuation: true },
  });
  secret.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
  return secret.ref;
}

function hintAtEndpoint(scope: Construct): void {
  Annotations.of(scope).addInfo(
    'sharedCache: in the VPC the token functions reach DynamoDB through a NAT gateway, or through a gateway endpoint, which is free (docs/deploy.md, "In a VPC").',
  );
}
