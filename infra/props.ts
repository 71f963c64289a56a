import type { Duration } from "aws-cdk-lib";
import type { ISecurityGroup, IVpc, SubnetSelection } from "aws-cdk-lib/aws-ec2";
import type { Schedule } from "aws-cdk-lib/aws-events";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { RetentionDays } from "aws-cdk-lib/aws-logs";
import type { ISecret } from "aws-cdk-lib/aws-secretsmanager";
import type { ITopic } from "aws-cdk-lib/aws-sns";

/** One Box app. */
export interface BoxAppProps {
  /** Name by which callers ask for the app, used once. */
  readonly name: string;
  /**
   * The secret that holds the app's Box config. It is only read: neither its value nor its settings change.
   * @default an empty secret is created and kept when the stack is removed; store the config in it
   */
  readonly secret?: ISecret;
  /**
   * The KMS key that encrypts the secret.
   * @default the key of `secret`, if it knows one; otherwise the key that Secrets Manager uses by itself
   */
  readonly encryptionKey?: IKey;
  /**
   * Id or login of the app's Service Account, which the health check then expects.
   * @default any login of the form of a Service Account
   */
  readonly serviceAccount?: string;
}

/** What a `BoxTokenService` is made of. */
export interface BoxTokenServiceProps {
  /** The Box apps, at least one. */
  readonly apps: readonly BoxAppProps[];
  /** Path of the policy document, which is validated at synth and shipped with the functions. */
  readonly policy: string;
  /**
   * VPC in which the functions run; it needs a way to Box.
   * @default none
   */
  readonly vpc?: IVpc;
  /**
   * Subnets of the VPC.
   * @default its private subnets with a way out
   */
  readonly vpcSubnets?: SubnetSelection;
  /**
   * Security groups of the functions in the VPC.
   * @default a new one that allows HTTPS out and nothing else
   */
  readonly securityGroups?: readonly ISecurityGroup[];
  /**
   * Memory of the token functions in MB; the share of a CPU goes with it.
   * @default 512
   */
  readonly memorySize?: number;
  /**
   * Time that one request may take, retries included.
   * @default 30 seconds
   */
  readonly timeout?: Duration;
  /**
   * Invocations at once that are reserved for each token function, which can have no more: what one caller in a loop
   * can cost, at Box and in the account. A Function URL refuses more than ten times as many requests a second. 0 stops
   * both functions. `"unreserved"` leaves them to the account's limit, as an account needs to whose limit is low:
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
   * How long the audit log is kept. The log groups outlive the stack.
   * @default one year
   */
  readonly logRetention?: RetentionDays;
  /**
   * When the health of the apps is checked.
   * @default every hour
   */
  readonly healthSchedule?: Schedule;
  /**
   * Topic that alarms are sent to.
   * @default a new one; see `alarmTopic`
   */
  readonly alarmTopic?: ITopic;
  /**
   * Denied requests within five minutes that raise the alarm.
   * @default 20
   */
  readonly denySpike?: number;
  /**
   * Calls to Box within five minutes that raise the alarm.
   * @default 300
   */
  readonly mintSpike?: number;
  /**
   * Duration of a request at the 99th percentile that raises the alarm.
   * @default 3 seconds
   */
  readonly slowRequest?: Duration;
}
