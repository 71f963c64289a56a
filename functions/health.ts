import { kmsSigner } from "./aws/kms-signer.ts";
import { secretReader } from "./aws/secrets-manager.ts";
import { appSecretReader } from "./box/credentials.ts";
import { checkHealth, checkPolicy, type HealthPorts } from "./broker/check-health.ts";
import { authorizationsOf } from "./lambda/health-authorizations.ts";
import { healthHandler } from "./lambda/health-invoke.ts";
import { healthPorts } from "./lambda/health-ports.ts";
import { readHealthSettings } from "./lambda/health-settings.ts";
import { policyFromFile } from "./lambda/policy-file.ts";
import { systemClock as clock, systemRandomness as random } from "./lambda/system.ts";
import { jsonLines, standardOutput } from "./log/lines.ts";

/** On a schedule and on demand: does the policy load, does each app still get tokens, and whose are they? */
const settings = readHealthSettings(process.env);
const { apps, boxUrl, expectedUsers, policyPath, service } = settings;
const write = jsonLines(standardOutput());
const shared = await authorizationsOf(settings, { clock, random, write });
const readSecret = appSecretReader(apps, secretReader(clock));
const ports: HealthPorts = {
  ...healthPorts(boxUrl, { clock, random, write, signerOfKms: kmsSigner(clock) }),
  readSecret: (app, context) => readSecret(app, "AWSCURRENT", context),
  expectedUsers,
  authorizations: shared?.authorizations,
};

export const handler = healthHandler({
  service,
  apps: [...apps.keys()],
  checkPolicy: () => checkPolicy(policyFromFile(policyPath)),
  checkTable: shared?.checkTable,
  check: (app, context) => checkHealth(app, ports, context),
  clock,
  write,
});
