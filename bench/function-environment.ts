import { dirname, join } from "node:path";
import type { Sandbox } from "../sandbox/sandbox.ts";

/** The variables with which a token function, or a yardstick of it, runs against the sandbox's upstreams. */
export function functionEnvironment({ box, secretsManager, operator, region, configPath, apps }: Sandbox) {
  const secretName = apps.sandbox?.secretName ?? "";
  return {
    PATH: process.env.PATH ?? "",
    // Lambda has no AWS config files; neither must the bench read the laptop's.
    HOME: dirname(configPath ?? ""),
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: operator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: operator.secretAccessKey,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    BOX_API_URL: box.url,
    BOX_STS_CALLER: "alias",
    BOX_STS_APPS: JSON.stringify({ sandbox: secretName }),
    BOX_STS_POLICY: join(dirname(configPath ?? ""), "policy.json"),
    /** What the yardsticks read. */
    SECRET_ID: secretName,
  };
}
