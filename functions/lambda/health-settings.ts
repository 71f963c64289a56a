import { isObject } from "../../schemas/json/is-object.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import { type Environment, parseApps, parseBoxUrl, parseService, parseTable } from "./settings.ts";
import { SettingsError } from "./settings-error.ts";

/** The parsed environment variables of the health function. */
export interface HealthSettings {
  readonly apps: ReadonlyMap<string, string>;
  /** App name → id or login of the user that its token must be. */
  readonly expectedUsers: ReadonlyMap<string, string>;
  readonly boxUrl: string;
  readonly policyPath: string | undefined;
  readonly service: string;
  /** Name or ARN of the DynamoDB table that has the state of each app; undefined: there is none. */
  readonly table: string | undefined;
}

/** @throws {SettingsError} a sentence that names the variable, without its value */
export function readHealthSettings(environment: Environment): HealthSettings {
  return {
    apps: parseApps(environment.BOX_STS_APPS),
    expectedUsers: parseExpectedUsers(environment.BOX_STS_SERVICE_ACCOUNTS || "{}"),
    boxUrl: parseBoxUrl(environment),
    policyPath: environment.BOX_STS_POLICY || undefined,
    service: parseService(environment),
    table: parseTable(environment),
  };
}

function parseExpectedUsers(json: string): ReadonlyMap<string, string> {
  const parsed = parseJson(json);
  const value = parsed.ok ? parsed.value.value : undefined;
  if (isObject(value)) {
    const entries = Object.entries(value);
    if (entries.every((entry): entry is [string, string] => typeof entry[1] === "string")) {
      return new Map(entries);
    }
  }
  throw new SettingsError(
    "BOX_STS_SERVICE_ACCOUNTS must be a JSON object of app name → id or login of its Service Account.",
  );
}
