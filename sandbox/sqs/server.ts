import { createHash, randomUUID } from "node:crypto";
import { ACCOUNT } from "../aws/identities.ts";
import {
  type Json,
  type OneOperation,
  type OneOperationOptions,
  ServiceError,
  startOneOperation,
} from "../aws/one-operation.ts";

/** One message, as a consumer would receive it. */
export interface SqsMessage {
  readonly queue: string;
  readonly body: string;
  /** Of a FIFO queue. */
  readonly group?: string;
}

export interface Sqs extends OneOperation<"sqs"> {
  /** Stored messages, oldest first. */
  readonly messages: readonly SqsMessage[];
  /** For `QueueUrl`. */
  urlOf(queue: string): string;
}

interface SendMessage {
  readonly queue: string;
  readonly arn: string;
  readonly body: string;
  readonly group: string | undefined;
  readonly deduplication: string | undefined;
}

/** The size of a message that every queue takes by default since 2025. */
const MAX_BYTES = 1_048_576;
/** What a message may hold: XML 1.0's characters. */
const CHARACTERS = /^[\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]*$/u;
/** What the errors are called in SQS's older protocol, which the SDK's types go by. */
const QUERY_ERRORS: Readonly<Record<string, string>> = {
  "com.amazonaws.sqs#QueueDoesNotExist": "AWS.SimpleQueueService.NonExistentQueue",
  "com.amazonaws.sqs#RequestThrottled": "RequestThrottled",
};

const invalid = (reason: string) =>
  new ServiceError(
    "com.amazon.coral.service#InvalidParameterValueException",
    `One or more parameters are invalid. Reason: ${reason}`,
  );

/**
 * An SQS with `SendMessage` and nothing else, over AWS JSON 1.0. A queue whose name ends in `.fifo` keeps one message
 * of each deduplication id, as AWS does for five minutes.
 */
export async function startSqs(
  options: OneOperationOptions & { readonly queues: readonly string[] },
): Promise<Sqs> {
  const messages: SqsMessage[] = [];
  const deduplicated = new Set<string>();

  const parse = (given: Json, region: string): SendMessage => {
    const { QueueUrl, MessageBody, MessageGroupId, MessageDeduplicationId } = given;
    const queue = /^https?:\/\/[^/]+\/(\d{12})\/([\w-]{1,80}(?:\.fifo)?)$/.exec(String(QueueUrl));
    if (queue === null || typeof MessageBody !== "string" || MessageBody === "") {
      throw invalid("QueueUrl and MessageBody are required.");
    }
    const [, account = ACCOUNT, name = ""] = queue;
    return {
      queue: name,
      arn: `arn:aws:sqs:${region}:${account}:${name}`,
      body: MessageBody,
      group: typeof MessageGroupId === "string" ? MessageGroupId : undefined,
      deduplication: typeof MessageDeduplicationId === "string" ? MessageDeduplicationId : undefined,
    };
  };

  const run = ({ queue, body, group, deduplication }: SendMessage): Json => {
    if (!options.queues.includes(queue)) {
      throw new ServiceError(
        "com.amazonaws.sqs#QueueDoesNotExist",
        "The specified queue does not exist for this wsdl version.",
      );
    }
    if (Buffer.byteLength(body) > MAX_BYTES)
      throw invalid(`Message must be shorter than ${MAX_BYTES} bytes.`);
    if (!CHARACTERS.test(body)) {
      throw new ServiceError("com.amazonaws.sqs#InvalidMessageContents", "Invalid characters found.");
    }
    const isFifo = queue.endsWith(".fifo");
    if (isFifo && (group === undefined || deduplication === undefined)) {
      throw invalid("The queue should have MessageGroupId and MessageDeduplicationId.");
    }
    const isRepeated = isFifo && deduplicated.has(`${queue} ${deduplication}`);
    deduplicated.add(`${queue} ${deduplication}`);
    if (!isRepeated) messages.push({ queue, body, ...(group !== undefined && { group }) });
    return { MessageId: randomUUID(), MD5OfMessageBody: createHash("md5").update(body).digest("hex") };
  };

  const service = await startOneOperation(
    {
      ...{ place: "sqs", service: "sqs", action: "sqs:SendMessage", target: "AmazonSQS.SendMessage" },
      ...{ contentType: "application/x-amz-json-1.0", throttled: "com.amazonaws.sqs#RequestThrottled" },
      errorHeaders: (type) => ({
        "x-amzn-query-error": `${QUERY_ERRORS[type] ?? type.split("#").at(-1)};Sender`,
      }),
      ...{ parse, run, resourceOf: ({ arn }) => arn },
    },
    options,
  );
  return { ...service, messages, urlOf: (queue) => `${service.url}/${ACCOUNT}/${queue}` };
}
