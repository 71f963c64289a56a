import { randomBytes } from "node:crypto";
import { secretNameOf } from "../../sandbox/configured-app.ts";
import { SAMPLE_APP } from "../../sandbox/policy.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import type { SandboxOptions } from "../../sandbox/sandbox-options.ts";
import { createTable, startDynalite } from "./dynamodb.ts";

/** Name of the table: the value of `BOX_STS_TABLE`. */
export const TABLE = "tokens";
/** The functions' role may read the secrets of apps, so the service secret takes the place of one. */
const SERVICE_SECRET = "service";

/** A sandbox whose functions share their tokens in a DynamoDB table. */
export async function startSandboxWithTable(options: SandboxOptions): Promise<Sandbox> {
  const dynamoDb = await startDynalite();
  await createTable(dynamoDb.url, TABLE);
  const env = {
    ...options.env,
    BOX_STS_APPS: JSON.stringify({ [SAMPLE_APP]: secretNameOf(SAMPLE_APP) }),
    BOX_STS_TABLE: TABLE,
    BOX_STS_SERVICE_SECRET: secretNameOf(SERVICE_SECRET),
    AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
  };
  const sandbox = await startSandbox({ ...options, env, apps: { ...options.apps, [SERVICE_SECRET]: {} } });
  sandbox.secretsManager.put(secretNameOf(SERVICE_SECRET), randomBytes(48).toString("base64url"));
  return {
    ...sandbox,
    async close() {
      await sandbox.close();
      await dynamoDb.close();
    },
  };
}
