import { SecretsProvider } from "@aws-lambda-powertools/parameters/secrets";
import { BoxJwtAuth, JwtConfig } from "box-node-sdk";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import type { Sandbox } from "../sandbox/sandbox.ts";
import type { Figure } from "./figures.ts";

const CALLS = 1_000;

/** How many requests to Box and to Secrets Manager a cold crowd costs. */
export async function concurrent(sandbox: Sandbox): Promise<readonly Figure[]> {
  const { box, secretsManager, functions, callers, apps, region, operator: credentials } = sandbox;
  await sandbox.coldStart();
  box.requests.clear();
  secretsManager.requests.clear();
  const qualifier = callers.everything?.alias ?? "";
  await Promise.all(Array.from({ length: CALLS }, () => functions.tokenInvoke.invoke({}, { qualifier })));
  const ours = [box.requests.count("token"), secretsManager.requests.count("GetSecretValue")];
  box.requests.clear();
  const auth = new BoxJwtAuth({
    config: JwtConfig.fromConfigJsonString(JSON.stringify(apps.sandbox?.config)),
  });
  const session = new NetworkSession({ baseUrls: new BaseUrls({ baseUrl: box.url }) });
  await Promise.all(Array.from({ length: CALLS / 10 }, () => auth.retrieveToken(session)));
  secretsManager.requests.clear();
  const provider = new SecretsProvider({
    clientConfig: { region, credentials, endpoint: secretsManager.url },
  });
  await Promise.all(Array.from({ length: CALLS }, () => provider.get(apps.sandbox?.secretName ?? "")));
  const theirs = secretsManager.requests.count("GetSecretValue");
  return [
    {
      figure: `${CALLS} cold calls at once`,
      value: `${ours[0]} POST to Box, ${ours[1]} GetSecretValue`,
      against: `box-node-sdk, ${CALLS / 10} at once: ${box.requests.count("token")} POSTs; powertools parameters, ${CALLS} at once: ${theirs} GetSecretValue`,
      bar: "one of each",
      met: ours[0] === 1 && ours[1] === 1,
    },
  ];
}
