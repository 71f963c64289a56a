import { webhookTargets } from "./aws/webhook-targets.ts";
import { systemClock as clock } from "./lambda/system.ts";
import { webhookService } from "./lambda/webhook-service.ts";
import { readWebhookSettings } from "./lambda/webhook-settings.ts";

/** Behind a Function URL of its own without authentication: Box's signature is what authenticates. */
const settings = readWebhookSettings(process.env);

export const handler = await webhookService(settings, await webhookTargets(settings.targets, clock));
