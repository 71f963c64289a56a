import type { SharedCacheSettings } from "../aws/shared-cache.ts";
import { BOX_ACCOUNT_URL } from "../box/authorize.ts";
import {
  type Environment,
  parseAddress,
  parseApps,
  parseBoxUrl,
  parseService,
  parseSharedCache,
} from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

/** The parsed environment variables of the authorize function. */
export interface AuthorizeSettings {
  /** App name → name or ARN of the secret that holds its Box config. */
  readonly apps: ReadonlyMap<string, string>;
  readonly sharedCache: SharedCacheSettings;
  /** Without a trailing slash. */
  readonly boxUrl: string;
  /** Box's authorize page. */
  readonly accountUrl: string;
  /** Where browsers reach this function, without a trailing slash; undefined: at its Function URL. */
  readonly publicUrl: string | undefined;
  /** Name of the deployment, which its metrics have. */
  readonly service: string;
}

/** @throws {SettingsError} a sentence that names the variable, without its value */
export function readAuthorizeSettings(environment: Environment): AuthorizeSettings {
  return {
    apps: parseApps(environment.BOX_STS_APPS),
    sharedCache: requireSharedCache(environment),
    boxUrl: parseBoxUrl(environment),
    accountUrl: parseAddress("BOX_STS_ACCOUNT_URL", environment) ?? BOX_ACCOUNT_URL,
    publicUrl: parseAddress("BOX_STS_PUBLIC_URL", environment),
    service: parseService(environment),
  };
}

/** @throws {SettingsError} where the function has no table, or no secret that encrypts it */
export function requireSharedCache(environment: Environment): SharedCacheSettings {
  const settings = parseSharedCache(environment);
  if (settings === undefined)
    throw new SettingsError("BOX_STS_TABLE is missing: connections are kept in a DynamoDB table.");
  if (settings.serviceSecret === undefined)
    throw new SettingsError("BOX_STS_SERVICE_SECRET is missing: connections are encrypted with it.");
  return settings;
}
