import { createHash, createPublicKey } from "node:crypto";
import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { describeScheme } from "../../keys/encryption.ts";
import { containerFacts } from "../../keys/formats.ts";
import { type OpenKey, openPrivateKey } from "../../keys/open.ts";
import { type BoxConfig, type JwtAppConfig, parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { formatIssue, type Issue } from "../../schemas/json/issue.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import { readDocument } from "../documents.ts";
import { type CheckResult, passed, skipped } from "./check.ts";
import { clientChecks } from "./clients.ts";
import { publicKeyCheck } from "./public-key.ts";

/** What a config file holds, as far as it is usable. */
export interface InspectedConfig {
  readonly results: readonly CheckResult[];
  /** Undefined where no token can be requested with it from here. */
  readonly usable: { readonly text: string; readonly config: BoxConfig } | undefined;
}

const KINDS: Readonly<Record<BoxConfig["grant"], string>> = {
  jwt: "Server Authentication with JWT",
  client_credentials: "Server Authentication with Client Credentials Grant",
  app_token: "Limited Access with App Tokens",
  oauth2: "User Authentication with OAuth 2.0",
};

const UNREADABLE = "Name a file that you may read: the config.json that the Box Developer Console gives.";

const KMS_HINT =
  "KMS signs for the deployed functions alone: box-sts doctor --function NAME, with the output HealthFunction for NAME, requests a token with this key.";

const KMS_PUBLIC_KEY = "The file is not compared: the config has no key, and AWS is not contacted.";
const GET_PUBLIC_KEY =
  "Compare it with the key's public half: aws kms get-public-key --key-id KEY --query PublicKey --output text | openssl base64 -d -A | openssl pkey -pubin -inform DER.";

const KEY_POINTERS = ["/boxAppSettings/appAuth/privateKey", "/boxAppSettings/appAuth/passphrase"];

/**
 * The checks of a config that need no network.
 * @param publicKeyPath of a file that was uploaded at Box as the public key
 */
export async function inspectConfig(
  path: string,
  publicKeyPath: string | undefined,
): Promise<InspectedConfig> {
  const document = await readDocument(path);
  if (!document.ok) return unusable([failure("config", "config_unreadable", document.error, UNREADABLE)]);
  const text = document.value;
  const parsed = parseBoxConfig(text);
  if (!parsed.ok) return unusable(issueResults(parsed.error));
  const { config, warnings } = parsed.value;
  const results: CheckResult[] = [await configResult(path, config, warnings)];
  const written = { document: plainJson(text), grant: config.grant };
  if (config.grant !== "jwt") {
    return {
      results: [...results, ...clientChecks({ ...written, key: undefined })],
      usable: { text, config },
    };
  }
  if (config.kmsKeyId !== undefined) {
    const inKms = skipped("key", `AWS KMS has the private key (${config.kmsKeyId}).`, KMS_HINT);
    const uploaded =
      publicKeyPath === undefined ? [] : [skipped("public-key", KMS_PUBLIC_KEY, GET_PUBLIC_KEY)];
    return unusable([...results, inKms, ...uploaded, ...clientChecks({ ...written, key: undefined })]);
  }
  const opened = openPrivateKey(config.privateKey, config.passphrase);
  if (!opened.ok) {
    const { code, message, fix } = opened.error;
    return unusable([...results, failure("key", code, message, fix)]);
  }
  results.push(...(await keyResults(path, config, opened.value, publicKeyPath)));
  results.push(...clientChecks({ ...written, key: opened.value.facts }));
  return { results, usable: { text, config } };
}

const unusable = (results: readonly CheckResult[]): InspectedConfig => ({ results, usable: undefined });

function failure(check: CheckResult["check"], code: string, summary: string, next?: string): CheckResult {
  return { check, status: "failed", summary, code, ...(next !== undefined && { next }) };
}

/** What concerns the key alone is no fault of the file. */
function issueResults(issues: readonly Issue[]): readonly CheckResult[] {
  const isOfKey = ({ pointer }: Issue) => KEY_POINTERS.includes(pointer);
  const ofKey = issues.filter(isOfKey);
  const others = issues.filter((issue) => !isOfKey(issue));
  const next = "Correct the file; docs/codes.md has a heading for each code.";
  return [
    ...(others.length === 0
      ? [passed("config", "The config can be read; only its key is not usable.")]
      : others.map((issue) => failure("config", issue.code, formatIssue(issue), next))),
    ...ofKey.map((issue) => failure("key", issue.code, formatIssue(issue))),
  ];
}

async function configResult(
  path: string,
  config: BoxConfig,
  warnings: readonly Issue[],
): Promise<CheckResult> {
  const { grant, clientID, enterpriseID, userID } = config;
  const facts = {
    ...{ grant, clientID },
    ...(enterpriseID !== undefined && { enterpriseID }),
    ...(userID !== undefined && { userID }),
  };
  const whose =
    enterpriseID === undefined
      ? userID
        ? ` of the user ${userID}`
        : ""
      : ` of the enterprise ${enterpriseID}`;
  const summary = `A config of an app with ${KINDS[grant]}${whose}, client id ${clientID}.`;
  const complaints = [...warnings.map(formatIssue), ...(await exposure(path))];
  if (complaints.length === 0) return { check: "config", status: "ok", summary, facts };
  return {
    ...{ check: "config", status: "warning", summary: `${summary} ${complaints.join(" ")}`, facts },
    code: "config_warnings",
    next: "It works here. Repair it, because other clients do not repair what they read.",
  };
}

/** Whether other users of the machine can read the file. Windows has no such mode, and a removed file has none. */
async function exposure(path: string): Promise<readonly string[]> {
  if (path === "-" || process.platform === "win32") return [];
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined || (facts.mode & 0o044) === 0) return [];
  return [`Other users of this machine can read the file: chmod 600 ${basename(path)}.`];
}

async function keyResults(
  path: string,
  config: JwtAppConfig,
  { key, facts }: OpenKey,
  publicKeyPath: string | undefined,
): Promise<readonly CheckResult[]> {
  const { container, encrypted, scheme, modulusBits = 0 } = facts;
  const how = encrypted && scheme ? `encrypted with ${describeScheme(scheme)}` : "not encrypted";
  const summary = `The RSA key of ${modulusBits} bits opens (${containerFacts(container).name}, ${how}).`;
  const publicKey = createPublicKey(key);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return [
    passed("key", summary, { container, encrypted, modulusBits }),
    kidResult(path, config, createHash("sha256").update(spki).digest("hex")),
    ...(publicKeyPath === undefined ? [] : [await publicKeyCheck(publicKeyPath, publicKey)]),
  ];
}

/** The name that the Developer Console gives the file. */
const FILE_NAME = /^(\d+)_([A-Za-z0-9]+)_config\.json$/;

function kidResult(path: string, config: JwtAppConfig, sha256: string): CheckResult {
  const { publicKeyID } = config;
  const [, enterprise, id] = FILE_NAME.exec(basename(path)) ?? [];
  const facts = { publicKeyID, publicKeySha256: sha256 };
  const other = id !== undefined && id !== publicKeyID;
  const { enterpriseID } = config as { readonly enterpriseID?: string };
  if (other || (enterprise !== undefined && enterpriseID !== undefined && enterprise !== enterpriseID)) {
    const named = other ? `public key id ${id}` : `enterprise ${enterprise}`;
    const held = other ? `public key id ${publicKeyID}` : `enterprise ${enterpriseID}`;
    return {
      ...{ check: "kid", status: "warning", code: "file_name_differs", facts },
      summary: `The file is named for ${named}, and its content is for ${held}.`,
      next: "Compare with Box Developer Console > the app > Configuration > Add and Manage Public Keys.",
    };
  }
  const summary = `Box must have the public key under the id ${publicKeyID} (SHA-256 of the key ${sha256.slice(0, 16)}…).`;
  return passed("kid", summary, facts);
}

/** As clients read it that repair nothing. */
function plainJson(text: string): Readonly<Record<string, unknown>> | undefined {
  const parsed = parseJson(text);
  return parsed.ok && !parsed.value.bom && isObject(parsed.value.value) ? parsed.value.value : undefined;
}
