import type { SharedCacheSettings } from "../aws/shared-cache.ts";
import { requireSharedCache } from "./authorize-settings.ts";
import { type Environment, parseAddress, parseApps, parseBoxUrl, parseService } from "./settings.ts";

/** The parsed environment variables of the connections function. */
export interface ConnectionsSettings {
  /** App name → name or ARN of the secret that holds its Box config. */
  readonly apps: ReadonlyMap<string, string>;
  readonly sharedCache: SharedCacheSettings;
  /** Without a trailing slash. */
  readonly boxUrl: string;
  /** Where browsers reach the authorize function, without a trailing slash; undefined: no connect links are made. */
  readonly authorizeUrl: string | undefined;
  /** Name of the deployment, which its metrics have. */
  readonly service: string;
}

/** @throws {SettingsError} a sentence that names the variable, without its value */
export function readConnectionsSettings(environment: Environment): ConnectionsSettings {
  return {
    apps: parseApps(environment.BOX_STS_APPS),
    sharedCache: requireSharedCache(environment),
    boxUrl: parseBoxUrl(environment),
    authorizeUrl: parseAddress("BOX_STS_AUTHORIZE_URL", environment),
    service: parseService(environment),
  };
}
