import {
  type AttributeValue,
  ConditionalCheckFailedException,
  DynamoDBClient,
  type DynamoDBClientConfig,
  GetItemCommand,
  PutItemCommand,
  ScanCommand,
} from "@aws-sdk/client-dynamodb";
import type { Clock, RequestContext } from "../broker/ports.ts";
import {
  type KeyedItem,
  type Replaced,
  type ScanTable,
  TableFailure,
  type TableItem,
  type TokenTable,
} from "../broker/shared-cache/table.ts";
import { printableAws } from "../log/printable.ts";
import { isAboutKey } from "./encryption-key.ts";
import { errorName, metadataOf } from "./error-name.ts";
import { sdkHttpHandler } from "./http-handler.ts";
import { sdkCall } from "./sdk-call.ts";
import { isThrottling } from "./throttling.ts";

/** A call to the table takes 5 ms; what takes this long is not worth waiting for. In milliseconds. */
const LIMITS = { attempt: 1_000, call: 2_500 };
const MAX_REPEATS = 1;
/** Items that a page of a scan goes through: with tokens of 1 to 2 KB its response takes a fraction of an attempt. */
const SCAN_PAGE_ITEMS = 500;
/** The table's clock is known to the second: a smaller difference is none. */
const MIN_OFFSET_MS = 2_000;

/** Errors that are temporary, besides throttling; any other error with a 4xx status is for the operator. */
const TEMPORARY: ReadonlySet<string> = new Set(["RequestTimeout", "TimeoutError", "AbortError"]);
/** The same without a name. */
const TOO_MANY_REQUESTS = 429;

/**
 * Repeats a request once, and at once, where the connection broke or DynamoDB has an error of its own. A throttled request
 * is the broker's to repeat, which knows whether it needs the table.
 */
const RETRIES: Exclude<DynamoDBClientConfig["retryStrategy"], undefined> = {
  acquireInitialRetryToken: async () => attempt(0),
  async refreshRetryTokenForRetry(token, { errorType }) {
    const isRepeated = errorType === "TRANSIENT" || errorType === "SERVER_ERROR";
    if (token.getRetryCount() >= MAX_REPEATS || !isRepeated) throw new Error(errorType);
    return attempt(token.getRetryCount() + 1);
  },
  recordSuccess() {},
};

const attempt = (repeats: number) => ({ getRetryCount: () => repeats, getRetryDelay: () => 0 });

type Attributes = Record<string, AttributeValue>;

/**
 * The DynamoDB table of the shared cache: `GetItem`, `PutItem` and, for the function `connections` alone, `Scan`. The partition
 * key of the table is the string `pk`, and it has no sort key. Region, credentials and `AWS_ENDPOINT_URL_DYNAMODB` come from
 * the AWS SDK's own chain.
 * @param tableName name or ARN
 */
export function dynamoDbTable(
  tableName: string,
  clock: Clock,
  limits = LIMITS,
  scanPageItems = SCAN_PAGE_ITEMS,
): TokenTable & { readonly scan: ScanTable } {
  let offset = 0;
  const handler = sdkHttpHandler({ connectMs: 500, attemptMs: limits.attempt });
  const client = new DynamoDBClient({
    retryStrategy: RETRIES,
    requestHandler: {
      ...handler,
      async handle(...call: Parameters<typeof handler.handle>) {
        const sent = clock.monotonic();
        const handled = await handler.handle(...call);
        const { statusCode, body } = handled.response;
        // To the SDK, no body is an item that is not there, and a write that took place.
        if (statusCode < 300 && body.length === 0) throw new Error("the response has no body");
        const date = Date.parse(handled.response.headers.date ?? "");
        // Of a slow response it is not known how old its date is.
        if (!Number.isNaN(date) && clock.monotonic() - sent < MIN_OFFSET_MS / 2) {
          // The header names the second; its middle is the best guess.
          const difference = date + 500 - clock.wall();
          offset = Math.abs(difference) < MIN_OFFSET_MS ? 0 : difference;
        }
        return handled;
      },
    },
  });

  const call = <Output>(
    step: "dynamodb.get" | "dynamodb.put" | "dynamodb.scan",
    context: RequestContext,
    send: (options: { readonly abortSignal: AbortSignal }) => Promise<Output>,
  ): Promise<Output> => sdkCall({ step, clock, limitMs: limits.call }, context, send, failureOf);

  async function attributesAt(key: string, context: RequestContext, consistent: boolean) {
    const command = new GetItemCommand({
      TableName: tableName,
      Key: { pk: { S: key } },
      ConsistentRead: consistent,
    });
    const { Item } = await call("dynamodb.get", context, (options) => client.send(command, options));
    return Item;
  }

  /** @param seen the number as DynamoDB has it: one that is no whole number is not one of ours, and is replaced */
  async function write(
    key: string,
    seen: string | undefined,
    item: TableItem,
    context: RequestContext,
  ): Promise<Replaced> {
    const command = new PutItemCommand({
      TableName: tableName,
      Item: { pk: { S: key }, ...attributesOf(item) },
      ...(seen === undefined
        ? {
            ConditionExpression: "attribute_not_exists(fence) OR NOT attribute_type(fence, :number)",
            ExpressionAttributeValues: { ":number": { S: "N" } },
          }
        : {
            ConditionExpression: "fence = :seen",
            ExpressionAttributeValues: { ":seen": { N: seen } },
          }),
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    });
    try {
      await call("dynamodb.put", context, (options) => client.send(command, options));
      return { replaced: true };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      const attributes = error.Item ?? (await attributesAt(key, context, true));
      const current = parseItem(attributes);
      const foreign = attributes?.fence?.N;
      const isForeign = seen === undefined && current === undefined && foreign !== undefined;
      return isForeign ? write(key, foreign, item, context) : { replaced: false, current };
    }
  }

  return {
    read: async (key, context, consistent = false) => parseItem(await attributesAt(key, context, consistent)),
    replace: (key, seen, item, context) =>
      write(key, seen === undefined ? undefined : String(seen), item, context),
    async scan(keyPrefix, after, context) {
      const command = new ScanCommand({
        TableName: tableName,
        Limit: scanPageItems,
        FilterExpression: "begins_with(pk, :prefix)",
        ExpressionAttributeValues: { ":prefix": { S: keyPrefix } },
        ...(after !== undefined && { ExclusiveStartKey: { pk: { S: after } } }),
      });
      const { Items = [], LastEvaluatedKey } = await call("dynamodb.scan", context, (options) =>
        client.send(command, options),
      );
      const next = LastEvaluatedKey?.pk?.S;
      return { items: Items.flatMap(keyedItem), ...(next !== undefined && { next }) };
    },
    now: () => clock.wall() + offset,
  };
}

function attributesOf({ fence, writer, lease, sealed, sealedAt, note, deleteAfter }: TableItem): Attributes {
  return {
    fence: { N: String(fence) },
    writer: { S: writer },
    delete_after: { N: String(deleteAfter) },
    ...(lease !== undefined && { lease_until: { N: String(Math.ceil(lease.until)) } }),
    ...(sealed !== undefined && { key_id: { S: sealed.keyId }, sealed: { B: sealed.bytes } }),
    ...(sealedAt !== undefined && { sealed_at: { N: String(Math.floor(sealedAt)) } }),
    ...(note !== undefined && { note: { S: note } }),
  };
}

/** Undefined where the item has no fencing number, or one that we do not write: it is not one of ours. */
function parseItem(attributes: Attributes | undefined): TableItem | undefined {
  const fence = numberOf(attributes?.fence);
  if (attributes === undefined || fence === undefined) return undefined;
  const until = numberOf(attributes.lease_until);
  const keyId = attributes.key_id?.S;
  const bytes = attributes.sealed?.B;
  const sealedAt = numberOf(attributes.sealed_at);
  const note = attributes.note?.S;
  return {
    fence,
    writer: attributes.writer?.S ?? "",
    deleteAfter: numberOf(attributes.delete_after) ?? 0,
    ...(until !== undefined && { lease: { until } }),
    ...(keyId !== undefined && bytes !== undefined && { sealed: { keyId, bytes } }),
    ...(sealedAt !== undefined && { sealedAt }),
    ...(note !== undefined && { note }),
  };
}

function keyedItem(attributes: Attributes): readonly KeyedItem[] {
  const key = attributes.pk?.S;
  const item = parseItem(attributes);
  return key === undefined || item === undefined ? [] : [{ key, item }];
}

function numberOf(value: AttributeValue | undefined): number | undefined {
  const number = Number(value?.N ?? Number.NaN);
  return Number.isSafeInteger(number) ? number : undefined;
}

function failureOf(error: unknown): TableFailure | ConditionalCheckFailedException {
  if (error instanceof ConditionalCheckFailedException) return error;
  const { httpStatusCode: status = 0, attempts = 1 } = metadataOf(error);
  const name = errorName(error);
  const isLater = isThrottling(name) || status === TOO_MANY_REQUESTS;
  const isTemporary = isLater || TEMPORARY.has(name) || status < 400 || status >= 500;
  // A repetition that is throttled says nothing about the attempt before it, which may have written the item.
  const isThrottled = isLater && attempts === 1;
  if (isTemporary || !(error instanceof Error)) {
    return new TableFailure(`DynamoDB: ${name}`, isTemporary, isThrottled);
  }
  const { message } = error;
  const reason = `DynamoDB: ${name}: ${printableAws(message)}`;
  return new TableFailure(reason, false, false, isAboutKey(name, message));
}
