import { withRetry } from "./async/retry.ts";
import { appSecretReader, credentialsOf } from "./aws/credentials.ts";
import { secretReader } from "./aws/secrets-manager.ts";
import { boxPairs, boxTokenEndpoint, boxTokens } from "./box/client.ts";
import { whoAmI } from "./box/users.ts";
import { checkHealth, checkPolicy, type HealthPorts } from "./broker/check-health.ts";
import { authorizationsOf } from "./lambda/health-authorizations.ts";
import { healthHandler } from "./lambda/health-invoke.ts";
import { readHealthSettings } from "./lambda/health-settings.ts";
import { jsonLines, standardOutput } from "./lambda/log.ts";
import { policyFromFile } from "./lambda/policy-file.ts";
import { systemClock as clock, systemRandomness as random } from "./lambda/system.ts";

/** On a schedule and on demand: does the policy load, does each app still get tokens, and whose are they? */
const settings = readHealthSettings(process.env);
const { apps, boxUrl, expectedUsers, policyPath, service } = settings;
const write = jsonLines(standardOutput());
const readSecret = appSecretReader(apps, secretReader(clock));
const endpoint = boxTokenEndpoint(boxUrl, clock, write);
const ports: HealthPorts = {
  readSecret: (app, context) => readSecret(app, "AWSCURRENT", context),
  open: credentialsOf,
  grant: withRetry({ clock, random }, boxTokens(endpoint, { clock, random }).grant),
  refresh: withRetry({ clock, random }, boxPairs(endpoint, clock).refresh),
  whoAmI: withRetry({ clock, random }, whoAmI(boxUrl, clock)),
  expectedUsers,
  authorizations: await authorizationsOf(settings, { clock, random, write }),
  clock,
};

export const handler = healthHandler({
  service,
  apps: [...apps.keys()],
  checkPolicy: () => checkPolicy(policyFromFile(policyPath)),
  check: (app, context) => checkHealth(app, ports, context),
  clock,
  write,
});
