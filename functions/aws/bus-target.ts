import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import type { Clock } from "../broker/ports.ts";
import type { WebhookTarget } from "../broker/webhooks/target.ts";
import { checkSize, targetCall, targetClientConfig, targetFailure } from "./target-call.ts";

/** The `source` of every event, by which rules select them. */
const SOURCE = "box-sts.webhook";

/** Temporary reasons for which an entry was not stored; the status of such a response is 200. */
const TEMPORARY: ReadonlySet<string> = new Set([
  "InternalFailure",
  "InternalException",
  "ThrottlingException",
]);

/**
 * An EventBridge bus: `detail-type` is the type of Box's event, `detail` the envelope.
 * @param bus name or ARN
 */
export function busTarget(bus: string, region: string | undefined, clock: Clock): WebhookTarget["handOn"] {
  const client = new EventBridgeClient(targetClientConfig(region));
  return async ({ type, text }, context) => {
    const entry = { EventBusName: bus, Source: SOURCE, DetailType: type, Detail: text };
    const command = new PutEventsCommand({ Entries: [entry] });
    await targetCall("eventbridge.put", clock, context, async (options) => {
      checkSize(Buffer.byteLength(SOURCE + type + text));
      const { Entries = [] } = await client.send(command, options);
      const { ErrorCode = "", ErrorMessage, EventId } = Entries[0] ?? {};
      // Only an entry that was stored has an id.
      if (EventId !== undefined) return;
      throw targetFailure(ErrorCode, TEMPORARY.has(ErrorCode), ErrorMessage);
    });
  };
}
