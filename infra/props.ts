import type { Duration } from "aws-cdk-lib";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret, ReplicaRegion } from "aws-cdk-lib/aws-secretsmanager";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { AlarmThresholds } from "./alarm-thresholds.ts";
import type { OAuthProps, WebhookTarget } from "./public-function-props.ts";

/**
 * One Box app: an existing `secret`, or one to create.
 * @example
 * ```ts
 * import type { Stack } from "aws-cdk-lib";
 * import { Secret } from "aws-cdk-lib/aws-secretsmanager";
 * import type { BoxAppProps } from "box-sts/infra";
 *
 * const ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/reports-AbCdEf";
 * export const apps = (stack: Stack): readonly BoxAppProps[] => [
 *   { name: "reports", secret: Secret.fromSecretCompleteArn(stack, "ReportsSecret", ARN) },
 *   { name: "archive", createSecret: "box/archive" },
 * ];
 * ```
 */
export interface BoxAppProps {
  /** Name by which callers request the app, used once. */
  readonly name: string;
  /**
   * The secret that holds the app's Box config. It is only read: neither its value nor its settings change.
   * @default `createSecret` names one to create; an app has one of the two
   */
  readonly secret?: ISecret;
  /**
   * Name of a secret to create, empty: store the config in it. It is kept when the stack or the app is removed, and
   * when the app is renamed; another name here is another secret.
   * @default none is created
   */
  readonly createSecret?: string;
  /**
   * The KMS key that encrypts the secret.
   * @default the key of `secret`, if it knows one; otherwise the key that Secrets Manager uses by itself
   */
  readonly encryptionKey?: IKey;
  /**
   * The asymmetric KMS keys that may sign for the app, where its config names one as `kmsKeyId` instead of a private
   * key: the key in use, and the next one while it replaces that. Of the service's region, with the key spec RSA_2048
   * or larger and the key usage SIGN_VERIFY. Their policies have to defer to the account's IAM policies, as the default one does.
   * @default none: the private key is in the config
   */
  readonly signingKeys?: readonly IKey[];
  /**
   * Other regions into which Secrets Manager replicates the secret that is created, each with a key of that region.
   * @default none
   */
  readonly replicaRegions?: readonly ReplicaRegion[];
  /**
   * Whether the secret and the keys may be of another account, whose policies then have to let the functions' roles read,
   * decrypt and sign.
   * @default false: they fail the synth
   */
  readonly crossAccount?: boolean;
  /**
   * Id or login of the app's Service Account, which the health check then expects.
   * @default any login of the form of a Service Account
   */
  readonly serviceAccount?: string;
}

/** Names of functions in the account: 1 to 64 letters, digits, dashes and underscores each. */
export interface FunctionNames {
  /**
   * Name of `token-url` behind the Function URL.
   * @default CloudFormation generates one
   */
  readonly tokenUrl?: string;
  /**
   * Name of `token-invoke` for direct invokes.
   * @default CloudFormation generates one
   */
  readonly tokenInvoke?: string;
  /**
   * Name of `health`, the health check.
   * @default CloudFormation generates one
   */
  readonly health?: string;
  /**
   * Name of `authorize`, the public function for OAuth 2.0 users.
   * @default CloudFormation generates one
   */
  readonly authorize?: string;
  /**
   * Name of `connections`, which manages the connections of OAuth 2.0 users.
   * @default CloudFormation generates one
   */
  readonly connections?: string;
  /**
   * Name of `webhook`, which receives Box's webhooks.
   * @default CloudFormation generates one
   */
  readonly webhook?: string;
}

/** Settings of the shared cache, the DynamoDB table through which the functions share their tokens (docs/storage.md). */
export interface SharedCacheProps {
  /**
   * KMS key of the service's account and region that encrypts the table. Its policy has to defer to the account's IAM
   * policies, as the default one does, or to let the roles of the token functions use it through DynamoDB.
   * @default a new one, which is rotated each year and deleted with the table
   */
  readonly encryptionKey?: IKey;
}

/**
 * What a `BoxTokenService` is made of. Everything but `apps` and `policy` has a default.
 * @example
 * ```ts
 * import { Duration } from "aws-cdk-lib";
 * import type { BoxTokenServiceProps } from "box-sts/infra";
 *
 * export const props: BoxTokenServiceProps = {
 *   apps: [{ name: "reports", createSecret: "box/reports" }],
 *   policy: "box-sts.policy.json",
 *   reservedConcurrency: 20,
 *   healthInterval: Duration.minutes(15),
 *   alarmThresholds: { deniedRequests: 5 },
 * };
 * ```
 */
export interface BoxTokenServiceProps {
  /** The Box apps, at least one. */
  readonly apps: readonly BoxAppProps[];
  /** Path of the policy document, which is validated at synth and shipped with the functions. */
  readonly policy: string;
  /**
   * Whether all environments of the token functions share their tokens in a DynamoDB table, so that one of them requests
   * a token of Box for all, and a token can be revoked. The table is deleted with the stack, or when this is
   * removed; the service secret, which encrypts the tokens in it, stays in the account. With `oauth` the table stays too.
   * @default each environment has a cache of its own
   */
  readonly sharedCache?: true | SharedCacheProps;
  /**
   * The apps whose users connect by consent, which adds a public function for them (`authorize`) and a private one that
   * keeps and manages their connections (`connections`). Needs `sharedCache`: the table holds what only the users can
   * make again, so that it is then protected, kept, and recoverable to any point of the last 7 days.
   * Taking `oauth` away and keeping `sharedCache` takes that protection away too.
   * @default none
   */
  readonly oauth?: OAuthProps;
  /**
   * The target of Box's webhooks and Skill invocations, by the app's name. A public function is added, which verifies
   * Box's signature.
   * @default none is received
   */
  readonly webhooks?: Readonly<Record<string, WebhookTarget>>;
  /**
   * Invocations at once that are reserved for the webhook function, which can have no more: what the internet can cost.
   * 0 stops it.
   * @default 5; none where `reservedConcurrency` is `"unreserved"`
   */
  readonly webhookReservedConcurrency?: number;
  /**
   * VPC in which the functions run. It needs a route to Box, for example through a NAT gateway.
   * @default none
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the VPC. Isolated ones give a warning, public ones fail the synth.
   * @default its private subnets with a way out; a VPC without such subnets fails the synth
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups of the functions in the VPC.
   * @default a new one that allows HTTPS out and nothing else
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Memory of the token functions in MB, 128 to 10,240; the share of a CPU goes with it.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * Time that one request may take, retries included: 5 to 30 seconds, for which clients wait.
   * @default 30 seconds
   */
  readonly timeout?: Duration;
  /**
   * Whether AWS X-Ray traces the token functions; it costs extra, and the request lines in the log have each step.
   * @default false
   */
  readonly tracing?: boolean;
  /**
   * Names of the functions in the account. A stack of another account or region can use `urlFunctionName` and
   * `invokeFunctionName` without them: CDK then makes a name.
   * @default CloudFormation's
   */
  readonly functionNames?: FunctionNames;
  /**
   * Invocations at once that are reserved for each token function, which can have no more: what one caller in a loop
   * can cost, at Box and in the account. A Function URL refuses more than ten times as many requests a second. 0 stops
   * both functions. `"unreserved"` leaves them to the account's limit, as an account with a low limit needs:
   * AWS keeps 100 invocations unreserved, and new accounts may have 10 altogether.
   * @default 50
   */
  readonly reservedConcurrency?: number | "unreserved";
  /**
   * Whether `$LATEST` of both token functions gets a resource policy with a Deny too. AWS's reference lets a policy be
   * attached to it, but Lambda's older `AddPermission` has always refused one; a deployment that fails with it needs
   * it off. Without it the functions themselves refuse callers of `$LATEST`.
   * @default false
   */
  readonly denyLatest?: boolean;
  /**
   * Where `docs/problems.md` is published (https, without a fragment): the `error_uri` of a refusal is this address with
   * `#` and the code.
   * @default refusals have no `error_uri`
   */
  readonly helpUrl?: string;
  /**
   * How long the logs are kept; that of the health function, which has no audit lines, is kept for three months in any case.
   * The log groups outlive the stack.
   * @default one year
   */
  readonly logRetention?: RetentionDays;
  /**
   * KMS key of the region that encrypts all log groups. Its policy has to let CloudWatch Logs use it.
   * @default the key that CloudWatch Logs uses by itself
   */
  readonly logEncryptionKey?: IKey;
  /**
   * Whether no principal can delete the log groups of the token functions, `authorize`, `connections` and `webhook` until
   * the protection is removed. Switch it on when the first deployment has succeeded: the rollback of one that fails leaves
   * protected log groups behind.
   * @default false
   */
  readonly protectAuditLog?: boolean;
  /**
   * Whether there is a health function, which checks the policy and the apps on a schedule and on demand.
   * @default true
   */
  readonly health?: boolean;
  /**
   * How often the health is checked: whole minutes, from 5 minutes to 12 hours. The alarm is raised after two intervals
   * without a check.
   * @default 1 hour
   */
  readonly healthInterval?: Duration;
  /**
   * Whether there are alarms, and the topic that they notify.
   * @default true
   */
  readonly alarms?: boolean;
  /**
   * Topic of the stack's region that alarms notify. Its policy has to let CloudWatch publish; the construct does not change it.
   * @default a new one; see `alarmTopic`
   */
  readonly alarmTopic?: ITopic;
  /**
   * Topic for the alarms that can wait until the morning (severity ticket in their names).
   * @default the same as for those that cannot
   */
  readonly ticketTopic?: ITopic;
  /**
   * Thresholds that raise the alarms.
   * @default each threshold has its own default; see `AlarmThresholds`
   */
  readonly alarmThresholds?: AlarmThresholds;
  /**
   * Whether there is a dashboard.
   * @default true
   */
  readonly dashboard?: boolean;
}
