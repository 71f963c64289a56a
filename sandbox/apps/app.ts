import { type KeyObject, randomBytes, randomInt } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { makeFolder } from "../process/make-folder.ts";
import { newBoxKeyPair } from "./encrypted-key.ts";

/** Signature keys of the app, where it has webhooks. */
interface WithWebhooks {
  readonly webhooks?: { readonly primaryKey?: string; readonly secondaryKey?: string };
}

type ClientCredentials = { readonly clientID: string; readonly clientSecret: string };

/**
 * The `config.json` that the Developer Console offers for download, property by property. A Client Credentials app's
 * `appAuth` is blank.
 */
export interface AppConfig extends WithWebhooks {
  readonly boxAppSettings: ClientCredentials & {
    readonly appAuth: {
      readonly publicKeyID: string;
      readonly privateKey: string;
      readonly passphrase: string;
    };
  };
  readonly enterpriseID: string;
}

/** The config file of an OAuth app: ours, because the console has none for it. */
export interface OAuthConfig extends WithWebhooks {
  readonly boxAppSettings: ClientCredentials;
  /** `scopes` are those that a consent is requested for; default: every scope of the app. */
  readonly oauth2: { readonly scopes?: readonly string[] };
}

/** An App Token, and the day on which it was generated: `2026-11-01`. */
interface ConfiguredToken {
  readonly token: string;
  readonly createdAt?: string;
}

/** The config file of an app with App Tokens: ours as well. */
export interface AppTokenConfig extends WithWebhooks {
  readonly boxAppSettings: ClientCredentials;
  readonly appTokens: { readonly primary?: ConfiguredToken; readonly secondary?: ConfiguredToken };
  readonly enterpriseID: string;
}

export type AnyAppConfig = AppConfig | OAuthConfig | AppTokenConfig;

export interface GeneratedApp {
  readonly config: AppConfig;
  /** What Box keeps when the console generates a pair. */
  readonly publicKey: KeyObject;
}

const LOWER_ALNUM = "abcdefghijklmnopqrstuvwxyz0123456789";
const ALNUM = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER_ALNUM}`;

/** A JWT app with a key pair of Box's making, and the config file for it. */
export async function generateApp(enterpriseID = newEnterpriseId()): Promise<GeneratedApp> {
  const passphrase = randomBytes(16).toString("hex");
  const { publicKey, encryptedPrivateKey } = await newBoxKeyPair(passphrase);
  const appAuth = { publicKeyID: random(LOWER_ALNUM, 8), privateKey: encryptedPrivateKey, passphrase };
  return { publicKey, config: { boxAppSettings: { ...clientCredentials(), appAuth }, enterpriseID } };
}

/** Client ID and secret in the console's form. */
export function clientCredentials(): ClientCredentials {
  return { clientID: random(LOWER_ALNUM, 32), clientSecret: random(ALNUM, 32) };
}

export function newEnterpriseId(): string {
  return String(randomInt(100_000, 10_000_000));
}

/** `<enterpriseID>_<publicKeyID>_config.json`, as the console names the download; `<clientID>_config.json` for ours. */
function configFileName(config: AnyAppConfig): string {
  if ("oauth2" in config || "appTokens" in config) return `${config.boxAppSettings.clientID}_config.json`;
  return `${config.enterpriseID}_${config.boxAppSettings.appAuth.publicKeyID}_config.json`;
}

/**
 * Writes the config file into `folder`, readable by its owner alone, complete or not at all.
 * @returns its path.
 */
export async function writeConfig(folder: string, config: AnyAppConfig): Promise<string> {
  const path = join(folder, configFileName(config));
  await writePrivately(path, `${JSON.stringify(config, null, 2)}\n`);
  return path;
}

/**
 * Writes a file of mode 0600 under a temporary name and moves it into place. Resolves to the folders that it made for it,
 * the outermost first.
 */
export async function writePrivately(path: string, content: string): Promise<readonly string[]> {
  const made = await makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  const file = await open(temporary, "wx", 0o600);
  try {
    await file.writeFile(content).finally(() => file.close());
    await rename(temporary, path);
  } catch (error) {
    // It can be half of a private key.
    await rm(temporary, { force: true });
    throw error;
  }
  return made;
}

function random(letters: string, count: number): string {
  return Array.from({ length: count }, () => letters[randomInt(letters.length)]).join("");
}
