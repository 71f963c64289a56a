import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** One decision about findings of cdk-nag that the construct does not repair. */
interface Acknowledgement {
  /** Each as cdk-nag prints it: the pack, two colons, the rule. */
  readonly ids: readonly string[];
  /** Why, and which option or setting repairs it where there is one. */
  readonly reason: string;
}

const DECISIONS: readonly Acknowledgement[] = [
  {
    ids: ["AwsSolutions::AwsSolutions-SMG4", "NIST.800.53.R5::NIST.800.53.R5-SecretsManagerRotationEnabled"],
    reason:
      "A Box config is rotated at Box first (a new key pair or client secret) and then stored; no Lambda can do that without the rights to do anything else at Box. The health function reports a config that Box refuses.",
  },
  {
    ids: ["AwsSolutions::AwsSolutions-IAM5[Resource::*]"],
    reason:
      "In a VPC, Lambda attaches functions with EC2 actions that know no narrower resource; a Deny beside them keeps the function's own code from using them. With tracing, the two actions of X-Ray know none either.",
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-IAMNoInlinePolicy"],
    reason:
      "Each role has one function, and its policy names that function's log group and secrets. A managed policy could be attached to other roles, and would have to be reviewed apart from the role that it is for.",
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-SecretsManagerUsingKMSKey"],
    reason:
      "A secret that the stack creates is encrypted with the key aws/secretsmanager unless its app has an encryptionKey. Which key a Box config is encrypted with, and who administers that key, is the deployer's decision.",
  },
  {
    ids: [
      "AwsSolutions::AwsSolutions-DDB3",
      "NIST.800.53.R5::NIST.800.53.R5-DynamoDBPITREnabled",
      "NIST.800.53.R5::NIST.800.53.R5-DynamoDBInBackupPlan",
    ],
    reason:
      "The table of sharedCache is a cache: every token in it can be issued again, and expires within hours. A backup would keep encrypted tokens for as long as 35 days and restore none that is of use. With oauth the table has recovery to any point of 7 days; a backup plan would keep what users have ended for longer.",
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-CloudWatchLogGroupEncrypted"],
    reason:
      "CloudWatch Logs encrypts every log group with a key of its own; logEncryptionKey sets another. The lines hold decisions and hashes of tokens, never a token, key or secret; a test searches them for planted ones.",
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-SNSEncryptedKMS"],
    reason:
      "CloudWatch cannot publish to a topic that is encrypted with the key aws/sns. The messages are alarm texts without a secret; a deployer who needs encryption passes an alarmTopic with a customer key that admits CloudWatch.",
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-LambdaInsideVPC"],
    reason:
      "The functions call Box and Secrets Manager over HTTPS and reach nothing in a VPC. In one they would need a NAT gateway for Box; the prop vpc is for deployers whose rules require it.",
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-LambdaConcurrency"],
    reason:
      'With reservedConcurrency "unreserved" only, which the deployer writes where the account has too small a quota to reserve anything. By default each function reserves its concurrency.',
  },
  {
    ids: ["NIST.800.53.R5::NIST.800.53.R5-LambdaDLQ", "Serverless::Serverless-LambdaDLQ"],
    reason:
      "A queue holds asynchronous invocations that failed. Callers invoke synchronously and wait for a token, and a token in a queue would be a leak; the health function and the sweep of connections run again at the next interval, and alarms report their silence.",
  },
  {
    ids: ["Serverless::Serverless-LambdaAsyncFailureDestination", "Serverless::Serverless-EventBusDLQ"],
    reason:
      "No caller waits for the response to an asynchronous invocation, and the health function and the sweep of connections are invoked again at the next interval; their alarms treat missing data as breaching, so that a lost invocation is reported.",
  },
  {
    ids: ["Serverless::Serverless-LambdaTracing"],
    reason:
      "Each request writes a line with the milliseconds of every call to Secrets Manager and Box. Traces add a permission on every resource and a price per request, so that they are the deployer's choice (tracing).",
  },
  {
    ids: ["Serverless::Serverless-SNSRedrivePolicy"],
    reason:
      "The subscription is an e-mail address, to which SNS retries for hours. A queue for what stays undelivered would need a reader and an alarm of its own; the alarms stay visible in CloudWatch and on the dashboard.",
  },
];

/**
 * Why each finding of cdk-nag (AwsSolutions, NIST 800-53 R5, Serverless) is acknowledged, by its id.
 * @example
 * ```ts
 * import { ACKNOWLEDGED } from "box-sts/infra";
 *
 * for (const [finding, reason] of Object.entries(ACKNOWLEDGED)) console.log(`${finding}: ${reason}`);
 * ```
 */
export const ACKNOWLEDGED: Readonly<Record<string, string>> = Object.fromEntries(
  DECISIONS.flatMap(({ ids, reason }) => ids.map((id) => [id, reason])),
);

/**
 * Acknowledges to cdk-nag what a `BoxTokenService` does not repair, for `scope` and everything below it. Pass the
 * service, not the stack around it, so that your own resources keep their findings. Written as the metadata that cdk-nag
 * reads: the method `acknowledge` of older versions of the CDK refuses the id of one finding among several.
 * @example
 * ```ts
 * import { App, Stack, Validations } from "aws-cdk-lib";
 * import { AwsSolutionsChecks } from "cdk-nag";
 * import { acknowledge, BoxTokenService } from "box-sts/infra";
 *
 * const app = new App();
 * const stack = new Stack(app, "Tokens", { env: { account: "123456789012", region: "eu-central-1" } });
 * const apps = [{ name: "reports", createSecret: "box/reports" }];
 * acknowledge(new BoxTokenService(stack, "BoxTokens", { apps, policy: "box-sts.policy.json" }));
 * Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
 * ```
 */
export function acknowledge(scope: IConstruct): void {
  for (const [id, reason] of Object.entries(ACKNOWLEDGED)) {
    scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
  }
}
