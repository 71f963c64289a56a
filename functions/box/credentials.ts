import { openPrivateKey } from "../../keys/open.ts";
import { type BoxConfig, type JwtAppConfig, parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { formatIssue, formatIssues } from "../../schemas/json/issue.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { ReadCredentials } from "../broker/credential-cache.ts";
import type {
  AssertionSigner,
  Credentials,
  KmsSigner,
  ReadSecret,
  RequestContext,
  SecretStage,
  SecretVersion,
} from "../broker/ports.ts";
import { logWarning, type WriteLine } from "../log/lines.ts";
import { assertionSigner } from "./assertion-signer.ts";

/**
 * Reads the secret of an app by the app's name.
 * @param secretIds app name → secret name or ARN
 */
export function appSecretReader(secretIds: ReadonlyMap<string, string>, readSecret: ReadSecret) {
  return async (app: string, stage: SecretStage, context: RequestContext): Promise<SecretVersion> => {
    const secretId = secretIds.get(app);
    if (secretId === undefined) throw new Failure("secret_not_found", "no secret is configured for the app");
    return readSecret(secretId, stage, context);
  };
}

/**
 * Opens the Box config that an app's secret holds. What stays in memory is the opened key object, never its PEM
 * or passphrase. The log reports what is wrong with a secret, by pointer and without values.
 * @param secretIds app name → secret name or ARN
 */
export function credentialReader(
  secretIds: ReadonlyMap<string, string>,
  readSecret: ReadSecret,
  signerOfKms: KmsSigner,
  write: WriteLine,
): ReadCredentials {
  const readAppSecret = appSecretReader(secretIds, readSecret);
  return async ({ app, stage }, context) => {
    const { versionId, text } = await readAppSecret(app, stage, context);
    const parsed = parseBoxConfig(text);
    if (!parsed.ok) throw new Failure("secret_invalid", formatIssues(parsed.error));
    const { config, warnings } = parsed.value;
    if (warnings.length > 0) {
      logWarning(write, "the app's secret should be repaired", { app, issues: warnings.map(formatIssue) });
    }
    return credentialsOf(app, { versionId, stage }, config, signerOfKms);
  };
}

/**
 * The credentials of a config that was found valid.
 * @throws {Failure} `secret_invalid` if its key does not open
 */
export function credentialsOf(
  app: string,
  { versionId, stage }: Pick<Credentials, "versionId" | "stage">,
  config: BoxConfig,
  signerOfKms: KmsSigner,
): Credentials {
  const { clientID, clientSecret, enterpriseID } = config;
  const common = {
    app,
    versionId,
    stage,
    clientID,
    clientSecret,
    ...(enterpriseID !== undefined && { enterpriseID }),
  };
  switch (config.grant) {
    case "jwt":
      return { ...common, grant: config.grant, signer: signerOf(config, signerOfKms) };
    case "client_credentials":
      return { ...common, grant: config.grant };
    case "oauth2":
      return { ...common, grant: config.grant, ...(config.scopes && { scopes: config.scopes }) };
    case "app_token":
      return {
        ...common,
        grant: config.grant,
        enterpriseID: config.enterpriseID,
        appTokens: config.appTokens,
      };
  }
}

function signerOf(config: JwtAppConfig, signerOfKms: KmsSigner): AssertionSigner {
  if (config.kmsKeyId !== undefined) return signerOfKms(config);
  const opened = openPrivateKey(config.privateKey, config.passphrase);
  if (!opened.ok) {
    const { message, fix } = opened.error;
    throw new Failure("secret_invalid", `/boxAppSettings/appAuth/privateKey: ${message} ${fix}`);
  }
  return assertionSigner(opened.value.key, config);
}
