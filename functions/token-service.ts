import { boxTokenEndpoint } from "./adapters/box-api.ts";
import { credentialReader } from "./adapters/credentials.ts";
import type { TokenService } from "./adapters/lambda.ts";
import { jsonLines, logWarning, standardOutput } from "./adapters/log.ts";
import { policyFromFile } from "./adapters/policy-file.ts";
import { secretReader } from "./adapters/secrets-manager.ts";
import type { Settings } from "./adapters/settings.ts";
import { systemClock as clock, systemRandomness as random } from "./adapters/system.ts";
import { CredentialCache } from "./broker/credential-cache.ts";
import { tokenIssuer } from "./broker/issue-token.ts";

/** The wiring that both token functions share: the broker with its real ports. */
export function tokenService({ apps, policyPath, boxUrl, functionName }: Settings): TokenService {
  const write = jsonLines(standardOutput());
  const policy = policyFromFile(policyPath);
  if (!policy.available) logWarning(write, "every request will be refused", { reason: policy.reason });
  const box = boxTokenEndpoint(boxUrl, clock, write);
  const credentials = new CredentialCache(credentialReader(apps, secretReader(clock), write), clock);
  const audit = { write };
  const issueToken = tokenIssuer({ apps: [...apps.keys()], policy, credentials, box, clock, random, audit });
  return { functionName, issueToken, clockSkew: box.clockOffset, clock, write };
}
