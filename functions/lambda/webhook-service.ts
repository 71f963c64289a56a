import type { APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { readWebhookKeys } from "../../schemas/box-config/webhook-keys.ts";
import { formatIssues } from "../../schemas/json/issue.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import { coalesced } from "../async/coalesce.ts";
import { secretReader } from "../aws/secrets-manager.ts";
import { appSecretReader } from "../box/credentials.ts";
import { type DeliverWebhook, webhookDelivery } from "../broker/deliver-webhook.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import { HandledEvents } from "../broker/webhooks/handled-events.ts";
import { KeyRing } from "../broker/webhooks/key-ring.ts";
import type { WebhookTarget } from "../broker/webhooks/target.ts";
import { jsonLines, logWarning, standardOutput, type WriteLine } from "../log/lines.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import { requestContext, systemClock } from "./system.ts";
import { deliveryLine, refusalsLine } from "./webhook-log.ts";
import type { WebhookSettings } from "./webhook-settings.ts";
import { parseDelivery, webhookResponse } from "./webhook-url.ts";

interface WebhookDependencies {
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** Lambda ends an environment's start after 10 s. */
const START_MS = 6_000;
/** Time reserved for writing the log and responding. */
const RESERVE_MS = 200;

/** The wiring of the webhook function; resolves when the keys of every app have been read, or could not be. */
export async function webhookService(
  settings: WebhookSettings,
  targets: ReadonlyMap<string, WebhookTarget>,
  { clock, write }: WebhookDependencies = { clock: systemClock, write: jsonLines(standardOutput()) },
) {
  const keys = keyRing(settings.apps, clock, write);
  const table =
    settings.table === undefined
      ? undefined
      : (await import("../aws/token-table.ts")).dynamoDbTable(settings.table, clock);
  const handled = new HandledEvents(table, clock);
  const formatTime = (milliseconds: number) => new Date(milliseconds).toISOString();
  const deliver = webhookDelivery({ keys, targets, handled, clock, formatTime });
  const starting = { requestId: "start", deadline: clock.monotonic() + START_MS, trace: { steps: [] } };
  await keys.refresh(starting);
  return webhookHandler({ service: settings.service, deliver, clock, write });
}

function keyRing(apps: ReadonlyMap<string, string>, clock: Clock, write: WriteLine): KeyRing {
  const readSecret = appSecretReader(apps, secretReader(clock));
  const read = coalesced(clock, String, async (app: string, context: RequestContext) => {
    const { text } = await readSecret(app, "AWSCURRENT", context);
    const keys = readWebhookKeys(text);
    if (!keys.ok) throw new Failure("secret_invalid", formatIssues(keys.error));
    return keys.value;
  });
  return new KeyRing([...apps.keys()], read, clock, (app, { code, message }) =>
    logWarning(write, "the app's signature keys could not be read", { app, code, reason: message }),
  );
}

interface WebhookHandlerParts extends WebhookDependencies {
  readonly service: string;
  readonly deliver: DeliverWebhook;
}

/** A Lambda handler behind a Function URL without authentication. */
export function webhookHandler({ service, deliver, clock, write }: WebhookHandlerParts) {
  const refusals = new RefusalCounts(clock, refusalsLine(service));
  return async (event: unknown, lambda: Context): Promise<APIGatewayProxyStructuredResultV2> => {
    const started = clock.monotonic();
    const context = requestContext(lambda, clock, RESERVE_MS);
    const outcome = await deliver(parseDelivery(event), context);
    const line =
      outcome.kind === "refused"
        ? refusals.add(outcome.reason, outcome.app)
        : deliveryLine({
            ...{ service, context, outcome, now: clock.wall() },
            durationMs: clock.monotonic() - started,
          });
    // An event that was handed on stays so: a second delivery for the sake of a line would be the greater loss.
    if (line !== undefined) await write(line).catch(() => {});
    return webhookResponse(outcome, context.requestId);
  };
}
