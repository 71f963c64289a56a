import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { Clock } from "../broker/ports.ts";
import type { WebhookTarget } from "../broker/webhooks/target.ts";
import { checkSize, targetCall, targetClientConfig } from "./target-call.ts";

/**
 * An SQS queue. A FIFO queue keeps the order of each app's events, and itself drops what it has had within five minutes.
 * @param url its URL, whose host the requests go to
 * @param region of the queue; the function's where it is undefined
 */
export function queueTarget(url: string, region: string | undefined, clock: Clock): WebhookTarget["handOn"] {
  const client = new SQSClient({ ...targetClientConfig(region), endpoint: new URL(url).origin });
  const isFifo = url.endsWith(".fifo");
  return async ({ app, eventKey, text: json }, context) => {
    const text = json.replace(NOT_ALLOWED, escaped);
    const order = isFifo ? { MessageGroupId: app, MessageDeduplicationId: eventKey } : {};
    const command = new SendMessageCommand({ QueueUrl: url, MessageBody: text, ...order });
    await targetCall("sqs.send", clock, context, async (options) => {
      checkSize(Buffer.byteLength(text));
      await client.send(command, options);
    });
  };
}

/** What JSON may hold and SQS refuses; within JSON it is only ever in a string, where an escape means the same. */
const NOT_ALLOWED = /[\uFFFE\uFFFF]/g;
const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16)}`;
