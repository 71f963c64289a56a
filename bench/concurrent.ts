import { fileURLToPath } from "node:url";
import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { type HostedFunction, hostFunction } from "../sandbox/lambda/hosted-function.ts";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Figure } from "./figures.ts";

/** Cold callers at once, each in an environment of its own: what Lambda on demand makes of them. */
const COLD_CALLERS = 12;
/** Calls at once in one environment: what Lambda Managed Instances can make of them. */
const CALLS = 1_000;

/** How many requests to Box and to Secrets Manager cold callers cost that come at once. */
export async function concurrent(sandbox: Sandbox): Promise<readonly Figure[]> {
  await sandbox.coldStart();
  const fleet = await costOf(sandbox, sandbox.functions.tokenInvoke, COLD_CALLERS);
  const shared = hostFunction({
    name: "token-invoke",
    entry: fileURLToPath(new URL("../dist/functions/token-invoke/index.mjs", import.meta.url)),
    region: sandbox.region,
    env: { ...sandbox.environment, BOX_STS_CALLER: "alias" },
    scaling: { requestsPerEnvironment: Number.POSITIVE_INFINITY },
  });
  const one = await costOf(sandbox, shared, CALLS);
  await shared.close();
  return [
    {
      figure: `${COLD_CALLERS} cold callers at once, on demand: an environment each`,
      value: shown(fleet),
      against: "none",
      bar: "one of each in each environment",
      passed: fleet.grants === COLD_CALLERS && fleet.reads === COLD_CALLERS,
    },
    {
      figure: `${CALLS} cold calls at once in one environment`,
      value: shown(one),
      against: await peers(sandbox),
      bar: "one of each",
      passed: one.grants === 1 && one.reads === 1,
    },
  ];
}

interface Cost {
  readonly grants: number;
  readonly reads: number;
}

const shown = ({ grants, reads }: Cost): string => `${grants} grants at Box, ${reads} GetSecretValue`;

async function costOf(
  { box, secretsManager, callers }: Sandbox,
  hosted: HostedFunction,
  calls: number,
): Promise<Cost> {
  box.requests.clear();
  secretsManager.requests.clear();
  const qualifier = callers.everything?.alias ?? "";
  const outcomes = await Promise.all(Array.from({ length: calls }, () => hosted.invoke({}, { qualifier })));
  const failed = outcomes.find(({ ok }) => !ok);
  if (failed !== undefined) throw new Error(`a call gave no token: ${JSON.stringify(failed)}`);
  return { grants: box.requests.count("token"), reads: secretsManager.requests.count("GetSecretValue") };
}

async function peers({ box, secretsManager, apps, region, operator }: Sandbox): Promise<string> {
  box.requests.clear();
  const config = JwtConfig.fromConfigJsonString(JSON.stringify(apps.sandbox?.config));
  const auth = new BoxJwtAuth({ config });
  const session = new NetworkSession({ baseUrls: new BaseUrls({ baseUrl: box.url }) });
  await Promise.all(Array.from({ length: CALLS / 10 }, () => auth.retrieveToken(session)));
  secretsManager.requests.clear();
  const clientConfig = { region, credentials: operator, endpoint: secretsManager.url };
  const provider = new SecretsProvider({ clientConfig });
  await Promise.all(Array.from({ length: CALLS }, () => provider.get(apps.sandbox?.secretName ?? "")));
  return `box-node-sdk, ${CALLS / 10} at once: ${box.requests.count("token")} POSTs; powertools parameters, ${CALLS} at once: ${secretsManager.requests.count("GetSecretValue")} GetSecretValue`;
}
