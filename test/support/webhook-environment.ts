import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import type { WebhookKeys } from "../../functions/broker/webhooks/signature.ts";
import { newIdentity } from "../../sandbox/aws/identities.ts";
import { type DynamoDb, startDynamoDb } from "../../sandbox/dynamodb/server.ts";
import { type EventBridge, startEventBridge } from "../../sandbox/eventbridge/server.ts";
import { faultsOf } from "../../sandbox/faults/faults.ts";
import { startFunctionUrl } from "../../sandbox/lambda/function-url.ts";
import { type HostedFunction, hostFunction } from "../../sandbox/lambda/hosted-function.ts";
import { startInvokeApi } from "../../sandbox/lambda/invoke-api.ts";
import { type SecretsManager, startSecretsManager } from "../../sandbox/secrets-manager/server.ts";
import { type Sqs, startSqs } from "../../sandbox/sqs/server.ts";

const REGION = "us-east-1";
const ACCOUNT = "123456789012";
const TABLE = "box-sts-tokens";
const CONSUMER = `export const handler = async (event) => { console.log("CONSUMED " + JSON.stringify(event)); };`;

/** What a target receives. */
export interface Envelope {
  readonly event: { readonly id: string };
}

/** The built webhook function, hosted as Lambda does it, with every service that it calls. */
export interface WebhookEnvironment extends AsyncDisposable {
  readonly webhook: HostedFunction;
  /** Its Function URL, which lets anyone in; without a slash at the end. */
  readonly url: string;
  /** Another environment of the function, which shares nothing but the table. */
  readonly other: HostedFunction;
  readonly sqs: Sqs;
  readonly eventBridge: EventBridge;
  readonly secretsManager: SecretsManager;
  readonly dynamoDb: DynamoDb;
  readonly lambdaFaults: ReturnType<typeof faultsOf<"lambda">>;
  /** What the consuming function was invoked with. */
  readonly consumed: readonly Envelope[];
  /** Resolves once the consuming function has been invoked with the event. */
  consumes(eventId: string): Promise<void>;
  putKeys(app: string, keys: WebhookKeys): void;
  /** The response to an event of the Function URL. */
  send(event: unknown, to?: HostedFunction): Promise<APIGatewayProxyStructuredResultV2>;
}

/** Apps: `queued`, `fifo`, `invoked`, `bussed`, and `skills`, whose queue receives Skill invocations. */
export async function startWebhookEnvironment(keys: WebhookKeys): Promise<WebhookEnvironment> {
  const role = newIdentity("webhook", { temporary: true });
  const identities = [role];
  const allow = (action: string, resource: string) =>
    ({ effect: "allow", principal: role.roleArn, action, resource }) as const;
  const grants = [
    allow("secretsmanager:GetSecretValue", `arn:aws:secretsmanager:${REGION}:${ACCOUNT}:secret:box/*`),
    allow("sqs:SendMessage", `arn:aws:sqs:${REGION}:${ACCOUNT}:box-events*`),
    allow("events:PutEvents", `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/box`),
    allow("lambda:InvokeFunction", `arn:aws:lambda:${REGION}:${ACCOUNT}:function:consume:live`),
    allow("dynamodb:GetItem", `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`),
    allow("dynamodb:PutItem", `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`),
  ];
  const common = { region: REGION, identities, grants };
  const queues = ["box-events", "box-events.fifo", "box-events-skills"];
  const sqs = await startSqs({ ...common, queues });
  const eventBridge = await startEventBridge({ ...common, buses: ["box"] });
  const secretsManager = await startSecretsManager(common);
  const dynamoDb = await startDynamoDb({ ...common, tableName: TABLE });
  const folder = await mkdtemp(join(tmpdir(), "webhook-consumer-"));
  const entry = join(folder, "index.mjs");
  await writeFile(entry, CONSUMER);
  const consumed: Envelope[] = [];
  const waiting = new Set<() => void>();
  const onLine = (line: string) => {
    if (!line.startsWith("CONSUMED ")) return;
    consumed.push(JSON.parse(line.slice("CONSUMED ".length)));
    for (const wake of waiting) wake();
    waiting.clear();
  };
  const consumer = hostFunction({
    name: "consume",
    entry,
    region: REGION,
    env: {},
    aliases: ["live"],
    onLine,
  });
  const lambdaFaults = faultsOf("lambda");
  const lambda = await startInvokeApi([consumer], { ...common, faults: lambdaFaults });

  const targets = {
    queued: { queue: sqs.urlOf("box-events") },
    fifo: { queue: sqs.urlOf("box-events.fifo") },
    skills: { queue: sqs.urlOf("box-events-skills"), skill: true },
    invoked: { function: `${consumer.arn}:live` },
    bussed: { bus: "box" },
  };
  const apps = Object.keys(targets);
  const putKeys = (app: string, webhooks: WebhookKeys) =>
    secretsManager.put(
      `box/${app}`,
      JSON.stringify({ boxAppSettings: { clientID: "c", clientSecret: "s" }, enterpriseID: "1", webhooks }),
    );
  for (const app of apps) putKeys(app, keys);

  const env = {
    AWS_ACCESS_KEY_ID: role.accessKeyId,
    AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
    AWS_SESSION_TOKEN: role.sessionToken ?? "",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge.url,
    AWS_ENDPOINT_URL_LAMBDA: lambda.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    BOX_STS_APPS: JSON.stringify(Object.fromEntries(apps.map((app) => [app, `box/${app}`]))),
    BOX_STS_WEBHOOKS: JSON.stringify(targets),
    BOX_STS_TABLE: TABLE,
    BOX_STS_SERVICE: "box-sts",
  };
  const host = (name: string) =>
    hostFunction({
      ...{ name, env, region: REGION, scaling: { requestsPerEnvironment: 100 } },
      entry: join(import.meta.dirname, "../../dist/functions/webhook/index.mjs"),
    });
  const [webhook, other] = [host("webhook"), host("webhook-other")];
  const functionUrl = await startFunctionUrl(webhook, { ...common, grants: [] }, "NONE");
  return {
    ...{
      webhook,
      other,
      url: functionUrl.url,
      sqs,
      eventBridge,
      secretsManager,
      dynamoDb,
      lambdaFaults,
      consumed,
      putKeys,
    },
    async consumes(eventId) {
      while (!consumed.some(({ event }) => event.id === eventId)) {
        await new Promise<void>((wake) => waiting.add(wake));
      }
    },
    async send(event, to = webhook) {
      const outcome = await to.invoke(event);
      if (!outcome.ok) throw new Error(JSON.stringify(outcome.error));
      return JSON.parse(outcome.payload) as APIGatewayProxyStructuredResultV2;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([webhook.close(), other.close(), consumer.close()]);
      await Promise.all(
        [functionUrl, sqs, eventBridge, secretsManager, dynamoDb, lambda].map((server) => server.close()),
      );
      await rm(folder, { recursive: true, force: true });
    },
  };
}
