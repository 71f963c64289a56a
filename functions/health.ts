import { boxTokenEndpoint } from "./adapters/box-api.ts";
import { whoAmI } from "./adapters/box-users.ts";
import { credentialsOf } from "./adapters/credentials.ts";
import { healthHandler } from "./adapters/health-edge.ts";
import { readHealthSettings } from "./adapters/health-settings.ts";
import { jsonLines, standardOutput } from "./adapters/log.ts";
import { policyFromFile } from "./adapters/policy-file.ts";
import { secretReader } from "./adapters/secrets-manager.ts";
import { systemClock as clock, systemRandomness as random } from "./adapters/system.ts";
import { checkHealth, checkPolicy, type HealthPorts } from "./broker/check-health.ts";

/** On a schedule and on demand: does the policy load, does each app still get tokens, and whose are they? */
const { apps, boxUrl, expectedUsers, policyPath, service } = readHealthSettings(process.env);
const write = jsonLines(standardOutput());
const readSecret = secretReader(clock);
const ports: HealthPorts = {
  readSecret: (app, context) => readSecret(apps.get(app) ?? "", "AWSCURRENT", context),
  open: credentialsOf,
  whoAmI: whoAmI(boxUrl, clock),
  box: boxTokenEndpoint(boxUrl, clock, write),
  clock,
  random,
  expectedUsers,
};

export const handler = healthHandler({
  service,
  apps: [...apps.keys()],
  checkPolicy: () => checkPolicy(policyFromFile(policyPath)),
  check: (app, context) => checkHealth(app, ports, context),
  clock,
  write,
});
