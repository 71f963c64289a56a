import schema from "../deploy.schema.json" with { type: "json" };
import validate from "../generated/deploy.js";
import { explain, type Hint } from "../json/explain.ts";
import type { Issue } from "../json/issue.ts";
import { parseJson } from "../json/parse.ts";
import { ok, type Result, refused } from "../result.ts";

/** Where the service is deployed, for which apps and for whom; `deploy.schema.json` describes it. */
export interface DeployConfig {
  readonly stackName?: string;
  readonly account: string;
  readonly region: string;
  /** From the folder of the file. */
  readonly policy: string;
  readonly apps: readonly DeployedApp[];
  readonly callers: readonly DeployedCaller[];
  /** `encryptionKey` is the ARN of the key that encrypts the table. */
  readonly sharedCache?: true | { readonly encryptionKey: string };
  /** Of OAuth 2.0 apps, by their names in `apps`. */
  readonly oauth?: {
    readonly apps: readonly string[];
    readonly publicUrl?: string;
    readonly reservedConcurrency?: number;
    /** ARNs. */
    readonly managers?: readonly string[];
  };
  /** By the app's name in `apps`. */
  readonly webhooks?: Readonly<Record<string, DeployedTarget>>;
  readonly webhookReservedConcurrency?: number;
  readonly vpc?: {
    readonly id: string;
    readonly availabilityZones: readonly string[];
    readonly privateSubnetIds: readonly string[];
  };
  readonly alarmEmail?: string;
  /** ARNs. */
  readonly alarmTopic?: string;
  readonly ticketTopic?: string;
  readonly alarms?: boolean;
  readonly alarmThresholds?: {
    readonly deniedRequests?: number;
    readonly boxCalls?: number;
    readonly rateLimitedRequests?: number;
    readonly throttledInvocations?: number;
    readonly publicRefusals?: number;
    readonly publicThrottles?: number;
    readonly undeliveredWebhooks?: number;
    readonly connectionDaysLeft?: number;
    readonly sharedCacheFailures?: number;
    readonly appTokenAgeDays?: number;
    readonly failureRatePercent?: number;
    readonly p99LatencySeconds?: number;
  };
  readonly dashboard?: boolean;
  readonly health?: boolean;
  readonly healthIntervalMinutes?: number;
  /** Of each token function; 50 if absent. */
  readonly reservedConcurrency?: number | "unreserved";
  readonly denyLatest?: boolean;
  /** Where `docs/problems.md` is published. */
  readonly helpUrl?: string;
  /** Megabytes. */
  readonly memorySize?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly tracing?: boolean;
  /** Days. */
  readonly logRetention?: number;
  /** ARN. */
  readonly logEncryptionKey?: string;
  readonly protectAuditLog?: boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Where an app's webhooks go; ARNs. */
export type DeployedTarget = { readonly skill?: true } & (
  | { readonly queue: string; readonly encryptionKey?: string }
  | { readonly function: string }
  | { readonly bus: string }
);

/** A Box app, with the secret that holds its config: one that exists, or one to create. */
export type DeployedApp = AppWithExistingSecret | AppWithCreatedSecret;

interface AppSettings {
  readonly name: string;
  /** ARN of the key that encrypts the secret. */
  readonly encryptionKey?: string;
  /** ARNs of the keys in KMS that may sign for the app. */
  readonly signingKeys?: readonly string[];
  readonly crossAccount?: true;
  readonly serviceAccount?: string;
}

/** An app whose secret exists: the deployment reads it and changes nothing of it. */
export interface AppWithExistingSecret extends AppSettings {
  /** Complete ARN. */
  readonly secret: string;
  readonly createSecret?: never;
  readonly replicaRegions?: never;
}

/** An app for which the deployment creates an empty secret, to be filled by the operator. */
export interface AppWithCreatedSecret extends AppSettings {
  readonly secret?: never;
  /** Name. */
  readonly createSecret: string;
  readonly replicaRegions?: readonly { readonly region: string; readonly encryptionKey?: string }[];
}

/** A caller by the Function URL, by an alias, or by both. */
export type DeployedCaller = { readonly principal: string; readonly crossAccount?: true } & (
  | (UrlAccess & (AliasAccess | NoAliasAccess))
  | (NoUrlAccess & AliasAccess)
);

interface UrlAccess {
  readonly url: true;
  /** By which the policy knows it at the Function URL. */
  readonly name?: string;
}

interface NoUrlAccess {
  readonly url?: never;
  readonly name?: never;
}

interface AliasAccess {
  readonly alias: string;
  readonly allowFromVpcEndpoints?: readonly string[];
}

interface NoAliasAccess {
  readonly alias?: never;
  readonly allowFromVpcEndpoints?: never;
}

const HINTS: readonly Hint[] = [
  {
    property: "secret",
    looksLike: /^arn:aws[a-z-]*:secretsmanager:/,
    code: "deploy_secret_arn_incomplete",
  },
  {
    property: "secret",
    looksLike: /^[A-Za-z0-9/_+=.@-]+$/,
    code: "deploy_secret_is_name",
  },
  {
    property: "createSecret",
    looksLike: /^arn:aws[a-z-]*:secretsmanager:/,
    code: "deploy_secret_exists",
  },
  {
    property: "principal",
    looksLike: /^arn:aws[a-z-]*:sts:/,
    code: "deploy_principal_is_session",
  },
];

/** The deployment in `text`, or everything that is wrong with its form, each with JSON pointer, line and column. */
export function parseDeployConfig(text: string): Result<DeployConfig, readonly Issue[]> {
  const parsed = parseJson(text);
  if (!parsed.ok) return parsed;
  const { value, locate } = parsed.value;
  if (validate(value)) return ok(value as DeployConfig);
  return refused(explain(validate.errors ?? [], { schema, value, locate, hints: HINTS }));
}
