import type { Json, RunOperation } from "./engine.ts";

const MAX_POLLS = 1_000;

/**
 * Creates the table as the construct does: the partition key `pk`, a string, without a sort key, paid by request. The
 * engine has neither encryption with a customer key nor deletion by `delete_after`.
 */
export async function createTokenTable(run: RunOperation, tableName: string): Promise<void> {
  const { status, body } = await run("CreateTable", {
    TableName: tableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
  });
  if (status !== 200) throw new Error(`The table ${tableName} cannot be created: ${String(body.message)}`);
  for (let polls = 0; polls < MAX_POLLS; polls++) {
    const { Table } = (await run("DescribeTable", { TableName: tableName })).body as { readonly Table: Json };
    if (Table.TableStatus === "ACTIVE") return;
    await new Promise(setImmediate);
  }
  throw new Error(`The table ${tableName} did not become active.`);
}

/** Every item of the table as it is stored, in DynamoDB's JSON. */
export async function itemsOf(run: RunOperation, tableName: string): Promise<readonly Json[]> {
  const items: Json[] = [];
  let start: unknown;
  do {
    const { body } = await run("Scan", {
      TableName: tableName,
      ConsistentRead: true,
      ...(start !== undefined && { ExclusiveStartKey: start }),
    });
    items.push(...(body.Items as readonly Json[]));
    start = body.LastEvaluatedKey;
  } while (start !== undefined);
  return items;
}
