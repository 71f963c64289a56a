import { createPrivateKey } from "node:crypto";
import type { KeyFacts } from "../../keys/open.ts";
import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { type CheckName, type CheckResult, passed } from "./check.ts";

/** A config as it is in the file: other clients repair nothing. */
export interface WrittenConfig {
  /** Undefined where the file is no JSON as it is. */
  readonly document: Readonly<Record<string, unknown>> | undefined;
  readonly grant: BoxConfig["grant"];
  /** Of a JWT app's key. */
  readonly key: KeyFacts | undefined;
}

type Client = Extract<CheckName, "box-cli" | "box-node-sdk-10" | "box-node-sdk-4" | "rclone">;

const NAMES: Readonly<Record<Client, string>> = {
  "box-cli": "the Box CLI",
  "box-node-sdk-10": "box-node-sdk 10",
  "box-node-sdk-4": "box-node-sdk 3 and 4",
  rclone: "rclone",
};

/** One reason for which clients refuse a config that box-sts accepts. */
interface Row {
  readonly clients: readonly Client[];
  refuses(written: WrittenConfig): boolean;
  readonly why: string;
  readonly next: string;
}

const ALL = Object.keys(NAMES) as Client[];
const NODE: readonly Client[] = ["box-cli", "box-node-sdk-10", "box-node-sdk-4"];
const AS_DOWNLOADED = "Give it the config.json as the Box Developer Console offers it.";

/**
 * What each client demands of a config, first match first; from the sources of the Box CLI 4.9, box-node-sdk 3.8, 4.15 and
 * 10.12, and rclone's `backend/box`.
 */
const ROWS: readonly Row[] = [
  {
    clients: ALL,
    refuses: ({ document }) => document === undefined,
    why: "reads plain JSON, and this file is encoded or escaped",
    next: AS_DOWNLOADED,
  },
  {
    clients: ["box-cli", "box-node-sdk-10", "rclone"],
    refuses: ({ grant }) => grant === "app_token" || grant === "oauth2",
    why: "has no config file for this kind of app",
    next: "Give it a token, for example of box-sts token, or let it log in by itself.",
  },
  {
    clients: ALL,
    refuses: ({ document }) => appAuthOf(document).kmsKeyId !== undefined,
    why: "signs with a private key in the config, and AWS KMS has this one",
    next: "Give it a token of the token function, for example of box-sts token.",
  },
  {
    clients: ["box-node-sdk-10", "rclone"],
    refuses: ({ grant }) => grant === "client_credentials",
    why: "reads config files of JWT apps alone",
    next: "Pass client id, client secret and enterprise id to its settings for Client Credentials Grant.",
  },
  {
    clients: ["box-cli", "rclone"],
    refuses: ({ document }) => !document?.enterpriseID,
    why: "requires enterpriseID",
    next: "Add enterpriseID; the Box Developer Console shows it under General Settings > App Info.",
  },
  {
    // The Box CLI takes it with `configure:environments:add`, and fails with the first command.
    clients: ALL,
    refuses: ({ document, grant }) => grant === "jwt" && isNumber(document?.enterpriseID),
    why: "requires enterpriseID to be a string, and it is a number",
    next: "Write enterpriseID in quotation marks.",
  },
  {
    clients: ["box-node-sdk-10"],
    refuses: ({ document, grant }) => grant === "jwt" && isNumber(document?.userID),
    why: "requires userID to be a string, and it is a number",
    next: "Write userID in quotation marks.",
  },
  {
    clients: NODE,
    refuses: ({ document, grant }) => grant === "jwt" && appAuthOf(document).passphrase === undefined,
    why: "requires a passphrase",
    next: "Encrypt the key: openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem, and add its passphrase.",
  },
  {
    clients: ["box-cli", "box-node-sdk-4"],
    refuses: ({ document, grant }) => grant === "jwt" && appAuthOf(document).passphrase === "",
    why: "requires a passphrase that is not empty",
    next: "Encrypt the key: openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem, and write its passphrase.",
  },
  {
    clients: ALL,
    refuses: ({ document, grant }) => grant === "jwt" && !opensAsWritten(document),
    why: "does not repair a damaged key, as box-sts does with this one",
    next: "Write the repaired key into the config; the warnings above say what is wrong with it.",
  },
  {
    clients: ["rclone"],
    refuses: ({ key }) => key !== undefined && !/^(?:encrypted-)?pkcs8$/.test(key.container),
    why: "reads keys in PKCS#8 alone",
    next: "Convert the key: openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem.",
  },
  {
    clients: ["rclone"],
    refuses: ({ key }) => key?.encrypted === true && key.scheme?.method !== "pbes2",
    why: "opens keys with PBES2 encryption alone",
    next: "Encrypt the key again: openssl pkcs8 -topk8 -v2 aes-256-cbc -in key.pem.",
  },
  {
    clients: ["rclone"],
    refuses: ({ key, document }) => key?.encrypted === false && Boolean(appAuthOf(document).passphrase),
    why: "takes a key with a passphrase for an encrypted one, and this one is not",
    next: "Remove the passphrase for rclone, or encrypt the key.",
  },
  {
    clients: ["rclone"],
    refuses: ({ document, grant }) => grant === "jwt" && hasTextAfterKey(document),
    why: "accepts nothing after the END line of the key",
    next: "Remove what follows the END line, also an empty line.",
  },
];

/** Whether each other client accepts the config, and if not, why. */
export function clientChecks(written: WrittenConfig): readonly CheckResult[] {
  return ALL.map((client) => {
    const row = ROWS.find(({ clients, refuses }) => clients.includes(client) && refuses(written));
    if (row === undefined) return passed(client, `Good for ${NAMES[client]}${how(client, written)}.`);
    const summary = `Would be refused by ${NAMES[client]}: it ${row.why}.`;
    return { check: client, status: "warning", summary, code: "other_client_refuses", next: row.next };
  });
}

const how = (client: Client, { grant }: WrittenConfig): string =>
  client === "box-cli" && grant === "client_credentials" ? ", with --ccg-auth" : "";

const isNumber = (value: unknown): boolean => typeof value === "number";

function appAuthOf(document: WrittenConfig["document"]): Readonly<Record<string, unknown>> {
  const settings = document?.boxAppSettings;
  const appAuth = isObject(settings) ? settings.appAuth : undefined;
  return isObject(appAuth) ? appAuth : {};
}

/** As the Node SDKs open it, and the Box CLI with them. */
function opensAsWritten(document: WrittenConfig["document"]): boolean {
  const { privateKey, passphrase } = appAuthOf(document);
  try {
    createPrivateKey({
      ...{ key: String(privateKey), format: "pem" },
      ...(passphrase === undefined ? {} : { passphrase: String(passphrase) }),
    });
    return true;
  } catch {
    return false;
  }
}

/** Go's decoder takes the END line with its line break, and no more. */
const hasTextAfterKey = (document: WrittenConfig["document"]): boolean =>
  /-----END [^-]+-----[ \t\r]*\n[\s\S]/.test(String(appAuthOf(document).privateKey));
