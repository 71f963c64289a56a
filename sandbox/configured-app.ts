import { type AppConfig, generateApp, newEnterpriseId } from "./app.ts";
import { type AppSettings, addApp, addConfiguredApp, type BoxApp, type BoxState } from "./box/state.ts";
import type { SecretsManager } from "./secrets-manager/server.ts";

/** An app that exists at the sandbox's Box and whose config is in its Secrets Manager. */
export interface ConfiguredApp {
  /** Name by which callers request it. */
  readonly name: string;
  readonly secretName: string;
  /** As stored; its `appAuth` is blank for a Client Credentials app, as the console has it. */
  config: AppConfig;
  /** Box's side of it. */
  readonly box: BoxApp;
}

const BLANK_APP_AUTH = { publicKeyID: "", privateKey: "", passphrase: "" };

/** Makes the app at Box and stores its config. */
export async function configureApp(
  name: string,
  state: BoxState,
  secretsManager: SecretsManager,
  settings: AppSettings = {},
): Promise<ConfiguredApp> {
  const enterpriseId = settings.enterpriseId ?? newEnterpriseId();
  const made =
    settings.authentication === "client_credentials"
      ? clientCredentialsApp(state, enterpriseId, settings)
      : await jwtApp(state, enterpriseId, settings);
  const app = { name, secretName: secretNameOf(name), ...made };
  secretsManager.put(app.secretName, JSON.stringify(app.config));
  return app;
}

/**
 * Rotates the app's key as an operator does: a new pair at Box, the new config as the current version of the
 * secret; the old public key is removed unless it is to stay for a while.
 */
export async function rotateKey(
  app: ConfiguredApp,
  secretsManager: SecretsManager,
  { keepOld = false } = {},
): Promise<void> {
  const fresh = await generateApp(app.config.enterpriseID);
  const { boxAppSettings } = fresh.config;
  const { clientID, clientSecret } = app.config.boxAppSettings;
  if (!keepOld) app.box.publicKeys.clear();
  app.box.publicKeys.set(boxAppSettings.appAuth.publicKeyID, fresh.publicKey);
  app.config = { ...fresh.config, boxAppSettings: { ...boxAppSettings, clientID, clientSecret } };
  secretsManager.put(app.secretName, JSON.stringify(app.config));
}

export const secretNameOf = (name: string): string => `box-sts/${name}`;

async function jwtApp(state: BoxState, enterpriseId: string, settings: AppSettings) {
  const { config, publicKey } = await generateApp(enterpriseId);
  return { config, box: addConfiguredApp(state, config, publicKey, settings) };
}

function clientCredentialsApp(state: BoxState, enterpriseID: string, settings: AppSettings) {
  const box = addApp(state, enterpriseID, settings);
  const { clientId: clientID, clientSecret } = box;
  return {
    box,
    config: { boxAppSettings: { clientID, clientSecret, appAuth: BLANK_APP_AUTH }, enterpriseID },
  };
}
