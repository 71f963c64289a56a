import type { Json, RunOperation } from "./engine.ts";

const REFUSED_CONDITION = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
const READS: ReadonlySet<string> = new Set(["GetItem", "BatchGetItem", "Query", "Scan"]);

/**
 * Adds what the engine lacks: `ReturnValuesOnConditionCheckFailure: ALL_OLD` returns the item that refused the
 * condition. Writes run one after the other, so that it is that item and no later one.
 */
export function withPresentItem(run: RunOperation): RunOperation {
  let lastWrite: Promise<unknown> = Promise.resolve();

  async function write(operation: string, input: Json) {
    const response = await run(operation, input);
    const isRefused = response.body.__type === REFUSED_CONDITION;
    if (!isRefused || input.ReturnValuesOnConditionCheckFailure !== "ALL_OLD") return response;
    const Item = await presentItem(input);
    return Item === undefined ? response : { ...response, body: { ...response.body, Item } };
  }

  async function presentItem({ TableName, Item, Key }: Json): Promise<unknown> {
    const { body } = await run("DescribeTable", { TableName });
    const { KeySchema } = body.Table as { readonly KeySchema: readonly { readonly AttributeName: string }[] };
    const attributes = (Key ?? Item) as Json;
    const key = Object.fromEntries(
      KeySchema.map(({ AttributeName }) => [AttributeName, attributes[AttributeName]]),
    );
    return (await run("GetItem", { TableName, Key: key, ConsistentRead: true })).body.Item;
  }

  return (operation, input) => {
    if (READS.has(operation)) return run(operation, input);
    const response = lastWrite.then(() => write(operation, input));
    lastWrite = response.catch(() => {});
    return response;
  };
}
