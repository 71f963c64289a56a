import { request } from "node:http";
import dynalite from "dynalite";
import { duplexPair } from "./duplex-pair.ts";

/** The JSON of a request or of a response. */
export type Json = Readonly<Record<string, unknown>>;

export interface EngineResponse {
  readonly status: number;
  readonly body: Json;
}

/** Runs one operation of DynamoDB, such as `GetItem`. It checks no permission. */
export type RunOperation = (operation: string, input: Json) => Promise<EngineResponse>;

/** The engine requires a signature and does not verify it. */
const HEADERS = {
  Host: "dynamodb.us-east-1.amazonaws.com",
  "Content-Type": "application/x-amz-json-1.0",
  "X-Amz-Date": "20260101T000000Z",
  Authorization:
    "AWS4-HMAC-SHA256 Credential=ENGINE/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0",
} as const;

/**
 * `dynalite`, in memory. It listens on no port, so that every request from outside passes the front, which verifies
 * signature and permission.
 */
export function startEngine(): RunOperation {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
  return (operation, input) =>
    new Promise((resolve, reject) => {
      const [client, peer] = duplexPair();
      server.emit("connection", peer);
      const sending = request(
        {
          createConnection: () => client,
          method: "POST",
          headers: { ...HEADERS, "X-Amz-Target": `DynamoDB_20120810.${operation}` },
        },
        async (response) => {
          try {
            let text = "";
            for await (const chunk of response.setEncoding("utf8")) text += chunk;
            resolve({ status: response.statusCode ?? 500, body: JSON.parse(text) as Json });
          } catch (error) {
            reject(error);
          }
        },
      );
      sending.once("error", reject).end(JSON.stringify(input));
    });
}
