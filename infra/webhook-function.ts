import { Duration, Stack } from "aws-cdk-lib";
import { Grant, type Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IKey } from "aws-cdk-lib/aws-kms";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { WebhookTarget } from "./public-function-props.ts";
import { PublicFunctionUrl } from "./public-function-url.ts";
import { chosenSecrets, type FunctionSettings, publicConcurrency } from "./public-functions.ts";
import { requireFunctionUrls } from "./regions.ts";
import { checkQueueKeyLocation } from "./resource-location.ts";
import { serviceFunction } from "./service-function.ts";
import { SynthError } from "./synth-error.ts";
import { withoutUndefined } from "./without-undefined.ts";

/** The function that hands Box's webhooks and Skill invocations to their targets. */
export interface WebhookFunction {
  readonly lambda: LambdaFunction;
  /** With a slash at its end; below it is the address of each app. */
  readonly url: string;
  readonly apps: readonly string[];
}

/** Of the items that hold which events were handed on: `functions/broker/webhooks/handled-events.ts`. */
const KEY_PREFIX = "webhook#";
/** Box waits 30 seconds for the response. */
const TIMEOUT = Duration.seconds(25);

/** @throws {SynthError} for props that cannot be deployed */
export function webhookFunction(
  scope: Construct,
  targets: Readonly<Record<string, WebhookTarget>>,
  reservedConcurrency: number | undefined,
  settings: FunctionSettings,
): WebhookFunction {
  const { cache, common, functionNames, service } = settings;
  requireFunctionUrls(scope, "webhooks", "remove webhooks");
  const reserved = publicConcurrency(scope, "webhookReservedConcurrency", reservedConcurrency, settings);
  const names = Object.keys(targets);
  const { secrets, environment: apps } = chosenSecrets("webhooks", names, settings);
  const chosen = Object.entries(targets).map(([name, target]) => {
    const destination = destinationOf(`webhooks.${name}`, target);
    const { kind, address } = destination;
    return { destination, variable: [name, { [kind]: address, ...(target.skill ? { skill: true } : {}) }] };
  });
  const variables = Object.fromEntries(chosen.map(({ variable }) => variable));
  const { lambda, secretAccess } = serviceFunction(scope, "Webhook", "webhook", {
    ...common,
    ...reserved,
    ...withoutUndefined({ functionName: functionNames.webhook }),
    description: "box-sts: hands Box's webhooks to their targets",
    isQuiet: true,
    environment: {
      BOX_STS_APPS: apps,
      BOX_STS_WEBHOOKS: Stack.of(scope).toJsonString(variables),
      BOX_STS_SERVICE: service,
    },
    secrets,
    stages: ["AWSCURRENT"],
    ...withoutUndefined({
      sharedCache: cache && { cache, keyPrefix: KEY_PREFIX, readsServiceSecret: false },
    }),
    timeout: TIMEOUT,
  });
  for (const { destination } of chosen) allowSending(secretAccess, lambda, destination);
  const { url } = new PublicFunctionUrl(scope, "WebhookAccess", {
    ...{ target: lambda, label: "webhook (webhooks)", secretAccess },
  });
  return { lambda, url, apps: names };
}

/** A target as the function's variable and its role's policy name it. */
interface Destination {
  readonly kind: "queue" | "function" | "bus";
  /** URL or ARN. */
  readonly address: string;
  readonly action: string;
  readonly arn: string;
  /** Of an encrypted queue, with the region that both are in. */
  readonly encryption?: { readonly key: IKey; readonly region: string } | undefined;
}

/** @throws {SynthError} for what is not one of the three kinds, and for a queue with a key of another region */
function destinationOf(property: string, { queue, function: lambda, bus }: WebhookTarget): Destination {
  const [destination, ...more] = [
    queue && {
      ...{ kind: "queue", address: queue.queueUrl, arn: queue.queueArn, action: "sqs:SendMessage" },
      encryption: queue.encryptionMasterKey && {
        ...{ key: queue.encryptionMasterKey, region: queue.env.region },
      },
    },
    lambda && { ...at("function", lambda.functionArn), action: "lambda:InvokeFunction" },
    bus && { ...at("bus", bus.eventBusArn), action: "events:PutEvents" },
  ].filter((one) => one !== undefined) as readonly Destination[];
  if (destination !== undefined && more.length === 0) {
    if (queue !== undefined) checkQueueKeyLocation(queue, `${property}.encryptionKey`);
    return destination;
  }
  throw new SynthError(`${property}: expected one of queue, function and bus; correct it.`);
}

const at = (kind: string, arn: string) => ({ kind, arn, address: arn });

/** Lets the function send there and nowhere else, and encrypt with the queue's key through SQS alone. */
function allowSending(
  policy: Policy,
  lambda: LambdaFunction,
  { action, arn, encryption }: Destination,
): void {
  policy.addStatements(new PolicyStatement({ actions: [action], resources: [arn] }));
  if (encryption === undefined) return;
  const { key, region } = encryption;
  Grant.addToPrincipalOrResource({
    grantee: lambda,
    actions: ["kms:Decrypt", "kms:GenerateDataKey"],
    resourceArns: [key.keyArn],
    resource: key,
    resourceSelfArns: ["*"],
    conditions: { StringEquals: { "kms:ViaService": `sqs.${region}.${Stack.of(policy).urlSuffix}` } },
  });
}
