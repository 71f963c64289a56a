import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { CreateTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import dynalite from "dynalite";
import { vi } from "vitest";

/** A DynamoDB on loopback. */
export interface LocalDynamoDb {
  readonly url: string;
  close(): Promise<void>;
}

/** The engine in this process. It does not return the present item with a refused condition. */
export async function startDynalite(): Promise<LocalDynamoDb> {
  const server: Server = dynalite({ createTableMs: 0, deleteTableMs: 0 });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

export const LOCAL_AWS = {
  region: "eu-central-1",
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" },
} as const;

/** Has the AWS SDK of this process use a local DynamoDB, until `vi.unstubAllEnvs()`. */
export function stubAws(
  url: string,
  {
    accessKeyId,
    secretAccessKey,
  }: { readonly accessKeyId: string; readonly secretAccessKey: string } = LOCAL_AWS.credentials,
  region: string = LOCAL_AWS.region,
): void {
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", url);
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", accessKeyId);
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", secretAccessKey);
}

/** The table as `BoxTokenService` creates it, without its key and its lifetime attribute. */
export async function createTable(
  url: string,
  name: string,
  key: { readonly name: string; readonly type: "S" | "N" } = { name: "pk", type: "S" },
): Promise<void> {
  const client = new DynamoDBClient({ endpoint: url, ...LOCAL_AWS });
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: "PAY_PER_REQUEST",
      AttributeDefinitions: [{ AttributeName: key.name, AttributeType: key.type }],
      KeySchema: [{ AttributeName: key.name, KeyType: "HASH" }],
    }),
  );
  client.destroy();
}
