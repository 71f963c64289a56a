import {
  type AnyAppConfig,
  type AppConfig,
  type AppTokenConfig,
  generateApp,
  newEnterpriseId,
  type OAuthConfig,
} from "../apps/app.ts";
import { APP_TOKEN_SLOTS } from "../box/console-tokens.ts";
import type { Box } from "../box/server.ts";
import { type AppSettings, addApp, addConfiguredApp, type BoxApp, type BoxState } from "../box/state.ts";
import type { SecretsManager } from "../secrets-manager/server.ts";

/** An app that exists at the sandbox's Box and whose config is in its Secrets Manager. */
export interface ConfiguredApp<Config extends AnyAppConfig = AppConfig> {
  /** Name by which callers request it. */
  readonly name: string;
  readonly secretName: string;
  /** As stored. */
  config: Config;
  /** Box's side of it. */
  readonly box: BoxApp;
}

export type AnyConfiguredApp = ConfiguredApp | ConfiguredApp<OAuthConfig> | ConfiguredApp<AppTokenConfig>;

const BLANK_APP_AUTH = { publicKeyID: "", privateKey: "", passphrase: "" };

/** An app at Box, and the config file for it. */
type Made<Config extends AnyAppConfig> = Pick<ConfiguredApp<Config>, "config" | "box">;

/** Makes the app at Box, with the config that the console shows. */
export async function newApp(
  box: Pick<Box, "state" | "console">,
  settings: AppSettings = {},
): Promise<Made<AnyAppConfig>> {
  const made = await makeApp(box, settings.enterpriseId ?? newEnterpriseId(), settings);
  return { ...made, config: shownConfig(made, box) };
}

/** Makes the app at Box and stores its config. */
export async function configureApp(
  name: string,
  box: Pick<Box, "state" | "console">,
  secretsManager: SecretsManager,
  settings: AppSettings = {},
): Promise<AnyConfiguredApp> {
  const made = await newApp(box, settings);
  const app = { name, secretName: secretNameOf(name), ...made } as AnyConfiguredApp;
  storeConfig(app, box, secretsManager);
  return app;
}

/**
 * Stores what the console now shows of the app: its App Tokens and its signature keys. An operator does so after a
 * change at Box.
 */
export function storeConfig(
  app: AnyConfiguredApp,
  box: Pick<Box, "console">,
  secretsManager: SecretsManager,
): void {
  Object.assign(app, { config: shownConfig(app, box) });
  secretsManager.put(app.secretName, JSON.stringify(app.config));
}

/** The config with the App Tokens and signature keys that the app has now. */
function shownConfig({ config, box }: Made<AnyAppConfig>, { console }: Pick<Box, "console">): AnyAppConfig {
  const { primary: primaryKey, secondary: secondaryKey } = box.signatureKeys;
  const keys = {
    ...(primaryKey === undefined ? {} : { primaryKey }),
    ...(secondaryKey === undefined ? {} : { secondaryKey }),
  };
  return {
    ...config,
    ...(Object.keys(keys).length === 0 ? {} : { webhooks: keys }),
    ...("appTokens" in config ? { appTokens: console.appTokens(box) } : {}),
  };
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
  app.config = { ...app.config, boxAppSettings: { ...boxAppSettings, clientID, clientSecret } };
  secretsManager.put(app.secretName, JSON.stringify(app.config));
}

export const secretNameOf = (name: string): string => `box-sts/${name}`;

export const isOAuthApp = (app: AnyConfiguredApp): app is ConfiguredApp<OAuthConfig> =>
  "oauth2" in app.config;
export const isAppTokenApp = (app: AnyConfiguredApp): app is ConfiguredApp<AppTokenConfig> =>
  "appTokens" in app.config;
/** Whether its config is the console's: a JWT or Client Credentials app's. */
export const isConsoleApp = (app: AnyConfiguredApp): app is ConfiguredApp =>
  "appAuth" in app.config.boxAppSettings;

async function makeApp(
  { state, console }: Pick<Box, "state" | "console">,
  enterpriseId: string,
  settings: AppSettings,
): Promise<Made<AnyAppConfig>> {
  switch (settings.authentication) {
    case "client_credentials":
      return clientCredentialsApp(state, enterpriseId, settings);
    case "oauth2":
      return oauthApp(state, enterpriseId, settings);
    case "app_token":
      return appTokenApp(state, console, enterpriseId, settings);
    default:
      return jwtApp(state, enterpriseId, settings);
  }
}

async function jwtApp(
  state: BoxState,
  enterpriseId: string,
  settings: AppSettings,
): Promise<Made<AppConfig>> {
  const { config, publicKey } = await generateApp(enterpriseId);
  return { config, box: addConfiguredApp(state, config, publicKey, settings) };
}

function clientCredentialsApp(state: BoxState, enterpriseID: string, settings: AppSettings): Made<AppConfig> {
  const box = addApp(state, enterpriseID, settings);
  const boxAppSettings = { ...credentialsOf(box), appAuth: BLANK_APP_AUTH };
  return { box, config: { boxAppSettings, enterpriseID } };
}

function oauthApp(state: BoxState, enterpriseId: string, settings: AppSettings): Made<OAuthConfig> {
  const box = addApp(state, enterpriseId, settings);
  const { scopes } = settings;
  return {
    box,
    config: { boxAppSettings: credentialsOf(box), oauth2: scopes === undefined ? {} : { scopes } },
  };
}

/** Its tokens are generated first: an admin may withdraw the authorization later. */
function appTokenApp(
  state: BoxState,
  console: Box["console"],
  enterpriseID: string,
  settings: AppSettings,
): Made<AppTokenConfig> {
  const box = addApp(state, enterpriseID, { ...settings, authorized: true, enabled: true });
  for (const slot of APP_TOKEN_SLOTS) console.generateAppToken(box, slot);
  const { authorized = true, enabled = true } = settings;
  Object.assign(box, { authorized, enabled });
  return {
    box,
    config: { boxAppSettings: credentialsOf(box), appTokens: console.appTokens(box), enterpriseID },
  };
}

const credentialsOf = ({ clientId: clientID, clientSecret }: BoxApp) => ({ clientID, clientSecret });
