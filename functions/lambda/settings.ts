import { isObject } from "../../schemas/json/is-object.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import { helpPage } from "../../schemas/protocol/help-url.ts";
import { BOX_API_URL, isHttpsOrLoopback } from "../../schemas/protocol/hosts.ts";
import { APP_NAME } from "../../schemas/protocol/token-request.ts";
import type { SharedCacheSettings } from "../aws/shared-cache.ts";
import { type CallerNames, parseCallerNames } from "./caller-names.ts";
import { SettingsError } from "./settings-error.ts";

/** The parsed environment variables of the token functions. */
export interface Settings {
  /** App name → name or ARN of the secret that holds its Box config. */
  readonly apps: ReadonlyMap<string, string>;
  readonly callerNames: CallerNames;
  readonly policyPath: string | undefined;
  /** Where environments share their tokens; undefined: each has a cache of its own. */
  readonly sharedCache: SharedCacheSettings | undefined;
  /** Without a trailing slash. */
  readonly boxUrl: string;
  /** Where `docs/problems.md` is published, without a fragment. */
  readonly helpUrl: string | undefined;
  /** Name of the deployment, which its metrics have. */
  readonly service: string;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the environment, once, at the start of a function.
 * @param caller where this function's entry takes the caller's identity from
 * @throws {SettingsError} a sentence that names the variable, without its value
 */
export function readSettings(environment: Environment, caller: "function-url" | "alias"): Settings {
  if (environment.BOX_STS_CALLER !== caller) {
    throw new SettingsError(`BOX_STS_CALLER must be "${caller}" for this function.`);
  }
  return {
    apps: parseApps(environment.BOX_STS_APPS),
    callerNames: parseCallerNames(environment.BOX_STS_CALLERS || "{}"),
    policyPath: environment.BOX_STS_POLICY || undefined,
    sharedCache: parseSharedCache(environment),
    boxUrl: parseBoxUrl(environment),
    helpUrl: parseHelpUrl(environment.BOX_STS_HELP_URL || undefined),
    service: parseService(environment),
  };
}

/** The name that the deployment's functions share; a function that is deployed by itself has its own. */
export function parseService({ BOX_STS_SERVICE, AWS_LAMBDA_FUNCTION_NAME }: Environment): string {
  const name = BOX_STS_SERVICE || AWS_LAMBDA_FUNCTION_NAME || "box-sts";
  if (/^[\x21-\x39\x3b-\x7e][\x21-\x7e]{0,254}$/.test(name)) return name;
  throw new SettingsError(
    "BOX_STS_SERVICE must be 1 to 255 printable ASCII characters without spaces, not beginning with a colon.",
  );
}

/** A DynamoDB table by its name or ARN. */
const TABLE = /^(?:arn:[a-z0-9-]+:dynamodb:[a-z0-9-]+:[0-9]{12}:table\/)?[A-Za-z0-9_.-]{3,255}$/;
const SECRET = /^[\x21-\x7e]{1,2048}$/;

/** The table that the functions share; undefined where there is none. */
export function parseTable({ BOX_STS_TABLE: table }: Environment): string | undefined {
  if (!table) return undefined;
  if (!TABLE.test(table))
    throw new SettingsError("BOX_STS_TABLE must be the name or ARN of a DynamoDB table.");
  return table;
}

export function parseSharedCache(environment: Environment): SharedCacheSettings | undefined {
  const table = parseTable(environment);
  const { BOX_STS_SERVICE_SECRET: serviceSecret } = environment;
  if (table === undefined) return undefined;
  if (serviceSecret && !SECRET.test(serviceSecret)) {
    throw new SettingsError("BOX_STS_SERVICE_SECRET must be the name or ARN of a secret.");
  }
  return { table, serviceSecret: serviceSecret || undefined };
}

export function parseApps(json: string | undefined): ReadonlyMap<string, string> {
  const expected = `a JSON object of app name → secret name or ARN, such as {"reports":"box/reports"}`;
  if (!json) throw new SettingsError(`BOX_STS_APPS is missing: it must be ${expected}.`);
  const parsed = parseJson(json);
  if (!parsed.ok)
    throw new SettingsError(`BOX_STS_APPS is not JSON with each app once: it must be ${expected}.`);
  const { value } = parsed.value;
  const entries = isObject(value) ? Object.entries(value) : [];
  if (entries.length === 0)
    throw new SettingsError(`BOX_STS_APPS must be ${expected}, with at least one app.`);
  return new Map(entries.map(([name, secret]) => [appName(name), secretId(secret)]));
}

function appName(name: string): string {
  if (APP_NAME.test(name)) return name;
  throw new SettingsError(
    "BOX_STS_APPS has an app whose name is not 1 to 64 letters, digits, dots, hyphens and underscores.",
  );
}

function secretId(secret: unknown): string {
  if (typeof secret === "string" && /^[\x21-\x7e]{1,2048}$/.test(secret)) return secret;
  throw new SettingsError("BOX_STS_APPS has an app whose secret is not the name or ARN of a secret.");
}

/** Box's public address if the variable is absent or empty. */
export const parseBoxUrl = (environment: Environment): string =>
  parseAddress("BOX_API_URL", environment) ?? BOX_API_URL;

/** Without a trailing slash; undefined where the variable is absent or empty. */
export function parseAddress(
  name: "BOX_API_URL" | "BOX_STS_ACCOUNT_URL" | "BOX_STS_AUTHORIZE_URL" | "BOX_STS_PUBLIC_URL",
  { [name]: value }: Environment,
): string | undefined {
  if (!value) return undefined;
  const url = URL.parse(value);
  const isPlain =
    url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (isPlain && isHttpsOrLoopback(url)) return `${url.origin}${url.pathname}`.replace(/\/+$/, "");
  throw new SettingsError(
    `${name} must be an https:// URL without credentials, query and fragment; http:// on this machine alone.`,
  );
}

/** A page that a person can open: its address goes to every caller, so it holds no credentials. */
function parseHelpUrl(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const page = helpPage(value);
  if (page !== undefined) return page;
  throw new SettingsError(
    "BOX_STS_HELP_URL must be the https:// URL at which docs/problems.md is published, without a fragment.",
  );
}
