import { vi } from "vitest";
import type { ReceivedRequest } from "./loopback-server.ts";

/** A response of AWS JSON 1.1. */
export function json({ response }: ReceivedRequest, status: number, body: object): void {
  response.writeHead(status, { "content-type": "application/x-amz-json-1.1" }).end(JSON.stringify(body));
}

/** Responds with an error of AWS. */
export const awsError =
  (type: string, status = 400, message = "AWS says so") =>
  (request: ReceivedRequest) =>
    json(request, status, { __type: type, message });

/** What the AWS SDK's own chain finds in the environment, until the stubs are removed. */
export function stubAwsEnvironment(): void {
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret-access-key");
  vi.stubEnv("AWS_SESSION_TOKEN", undefined);
}
