import schema from "../box-config.schema.json" with { type: "json" };
import validate from "../generated/box-config.js";
import { explain, type Hint, misspeltIn, withoutMisspelt } from "../json/explain.ts";
import { type Issue, inOrder } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";
import { ok, type Result, refused } from "../result.ts";
import { checkKey } from "./config-key.ts";
import { kindIssues } from "./kind.ts";
import { repairConfig } from "./repair.ts";
import { unknownProperties } from "./unknown-properties.ts";
import { unwrapConfig } from "./unwrap.ts";

/** A Box app's config, distinguished by its grant. Box's own spelling for Box's own properties. */
export type BoxConfig = ((JwtAppConfig | CcgAppConfig) & ConfigSubject) | AppTokenConfig | OAuthAppConfig;

/** For whom the app gets tokens: its enterprise's Service Account, the one user `userID`, or either. */
export type ConfigSubject =
  | { readonly enterpriseID: string; readonly userID?: string }
  | { readonly enterpriseID?: never; readonly userID: string };

interface AppConfig {
  readonly clientID: string;
  readonly clientSecret: string;
  readonly webhooks?: { readonly primaryKey?: string; readonly secondaryKey?: string };
}

/** An app with Server Authentication (JWT). */
export type JwtAppConfig = PrivateKeyConfig | KmsKeyConfig;

interface JwtSettings extends AppConfig {
  readonly grant: "jwt";
  readonly publicKeyID: string;
  readonly algorithm: "RS256" | "RS384" | "RS512";
}

/** An app whose private key is in its config. */
export interface PrivateKeyConfig extends JwtSettings {
  /** PEM with its line breaks in place; encrypted if there is a `passphrase`. */
  readonly privateKey: string;
  readonly passphrase?: string;
  readonly kmsKeyId?: never;
}

/** An app whose private key is in AWS KMS, which signs with it and never gives it out. */
export interface KmsKeyConfig extends JwtSettings {
  /** ARN or id of the key, or ARN or name of an alias: `KeyId` of KMS's `Sign`. */
  readonly kmsKeyId: string;
  readonly privateKey?: never;
  readonly passphrase?: never;
}

/** An app with Server Authentication (Client Credentials Grant). */
export interface CcgAppConfig extends AppConfig {
  readonly grant: "client_credentials";
}

/** An app with Limited Access, whose App Tokens the console generates. They act as its Service Account. */
export interface AppTokenConfig extends AppConfig {
  readonly grant: "app_token";
  readonly appTokens: { readonly primary: AppToken; readonly secondary?: AppToken };
  readonly enterpriseID: string;
  readonly userID?: never;
}

/** A token that lives until it is replaced in the console. */
export interface AppToken {
  readonly token: string;
  /** Date of its generation, as YYYY-MM-DD. */
  readonly createdAt?: string;
}

/** An app with User Authentication (OAuth 2.0): its tokens are those of users who have connected. */
export interface OAuthAppConfig extends AppConfig {
  readonly grant: "oauth2";
  readonly enterpriseID?: string;
  readonly userID?: never;
  /** The scopes that users consent to; absent: all Application Scopes of the app. */
  readonly scopes?: readonly string[];
}

interface ParsedConfig {
  readonly config: BoxConfig;
  /** What was repaired and which properties are unknown; the config works anyway. */
  readonly warnings: readonly Issue[];
}

/** A document that the schema has accepted. */
export type ConfigDocument = Partial<ConfigSubject> & {
  readonly boxAppSettings: {
    readonly clientID: string;
    readonly clientSecret: string;
    readonly appAuth?: {
      readonly publicKeyID: string;
      readonly privateKey?: string;
      readonly passphrase?: string;
      readonly kmsKeyId?: string;
      readonly algorithm?: JwtAppConfig["algorithm"];
    };
  };
  readonly oauth2?: { readonly scopes?: readonly string[] };
  readonly appTokens?: AppTokenConfig["appTokens"];
  readonly webhooks?: { readonly primaryKey?: string; readonly secondaryKey?: string };
};

/** Values that fit the schema of a property of Box configs by accident, and the code of the mistake behind each. */
export const CONFIG_HINTS: readonly Hint[] = [
  { property: "enterpriseID", looksLike: /^0+$/, code: "config_enterprise_zero" },
  { property: "publicKeyID", looksLike: /-----BEGIN/, code: "config_key_as_key_id" },
];

/**
 * The Box config in `text`, which is what the app's secret holds, or everything that is wrong with it, each
 * with JSON pointer and position and without any value. Damage that can mean only one thing is repaired and
 * reported as a warning. Unknown properties are warnings too: Box may add some, and a token must not depend on it.
 */
export function parseBoxConfig(text: string): Result<ParsedConfig, readonly Issue[]> {
  const unwrapped = unwrapConfig(text);
  if (!unwrapped.ok) return unwrapped;
  const { document } = unwrapped.value;
  const { locate } = document;
  const repaired = repairConfig(document);
  const { value } = repaired;

  const violations = validate(value) ? [] : (validate.errors ?? []);
  const unknown = unknownProperties(schema, value, locate);
  const key = keyOf(value, locate);
  const issues = [
    ...explain(violations, { schema, value, locate, hints: CONFIG_HINTS, misspelt: misspeltIn(unknown) }),
    ...(key?.issues ?? []),
    ...(violations.length > 0 ? [] : kindIssues(value as ConfigDocument, locate)),
  ];
  const meansKms = unknown.some(isMeantAsKmsKey);
  // A misspelt property is reported with the unknown ones, and is missing as well.
  if (violations.length > 0 || issues.length > 0 || meansKms) {
    const real = meansKms ? issues.filter((issue) => !isMissingKey(issue)) : issues;
    return refused(inOrder(withoutMisspelt([...real, ...unknown.filter(isMistake)])));
  }

  return ok({
    config: configOf(value as ConfigDocument, key?.pem),
    warnings: [...unwrapped.value.warnings, ...repaired.warnings, ...(key?.warnings ?? []), ...unknown],
  });
}

/** Where its name or its place is wrong, the config is of another kind of app, or lacks a key of its own. */
const isMeantAsKmsKey = ({ code, pointer, suggestion }: Issue) =>
  suggestion === "kmsKeyId" || (code === "property_misplaced" && pointer.endsWith("/kmsKeyId"));

const isMissingKey = ({ code, pointer }: Issue) =>
  code === "property_missing" && pointer === "/boxAppSettings/appAuth/privateKey";

/** An unknown property that explains what is missing elsewhere, rather than one that Box has added. */
const isMistake = ({ code }: Issue) => code !== "property_unknown";

function keyOf(value: unknown, locate: JsonDocument["locate"]) {
  const { privateKey, passphrase } = (value as Partial<ConfigDocument> | null)?.boxAppSettings?.appAuth ?? {};
  return typeof privateKey === "string" && privateKey !== ""
    ? checkKey(privateKey, passphrase, locate)
    : undefined;
}

function configOf(document: ConfigDocument, privateKey: string | undefined): BoxConfig {
  const { boxAppSettings, oauth2, appTokens, enterpriseID } = document;
  const { clientID, clientSecret, appAuth } = boxAppSettings;
  const app = { clientID, clientSecret, ...webhooksOf(document.webhooks) };
  if (oauth2 !== undefined) {
    return { grant: "oauth2", ...app, ...oauth2, ...(enterpriseID !== undefined && { enterpriseID }) };
  }
  if (appTokens !== undefined && enterpriseID !== undefined) {
    return { grant: "app_token", ...app, enterpriseID, appTokens };
  }
  const common = { ...app, ...subjectOf(document as ConfigSubject) };
  const { publicKeyID = "", kmsKeyId, passphrase = "", algorithm = "RS256" } = appAuth ?? {};
  const jwt = { grant: "jwt", ...common, publicKeyID, algorithm } as const;
  if (kmsKeyId !== undefined) return { ...jwt, kmsKeyId };
  if (privateKey === undefined) return { grant: "client_credentials", ...common };
  return { ...jwt, privateKey, ...(passphrase !== "" && { passphrase }) };
}

function subjectOf({ enterpriseID, userID }: ConfigSubject): ConfigSubject {
  if (enterpriseID === undefined) return { userID };
  return { enterpriseID, ...(userID !== undefined && { userID }) };
}

function webhooksOf(webhooks: ConfigDocument["webhooks"]): Pick<AppConfig, "webhooks"> {
  const { primaryKey = "", secondaryKey = "" } = webhooks ?? {};
  if (primaryKey === "" && secondaryKey === "") return {};
  return {
    webhooks: {
      ...(primaryKey === "" ? {} : { primaryKey }),
      ...(secondaryKey === "" ? {} : { secondaryKey }),
    },
  };
}
