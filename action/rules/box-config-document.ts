import { isObject } from "../../schemas/json/is-object.ts";
import type { Issue } from "../../schemas/json/issue.ts";
import { asJson } from "../../schemas/json/jsonc.ts";
import { nearest } from "../../schemas/json/nearest.ts";
import { type JsonDocument, readJson } from "../../schemas/json/parse.ts";
import { START } from "../../schemas/json/position.ts";
import type { Content } from "../scan/content.ts";
import { asUtf8, baseName, isUtf16 } from "../scan/text.ts";

/** A Box config has 2 to 4 kB; what is larger than this is none. */
const MAX_CONFIG_BYTES = 1_048_576;

/** `<enterpriseID>_<publicKeyID>_config.json`, as the Developer Console names the download. */
const BOX_FILE_NAME = /^[0-9]{1,20}_[A-Za-z0-9]{1,40}_config\.jsonc?$/;

const JSON_NAME = /\.json[c5]?$/i;
const COMMENTS_ALLOWED = /\.json[c5]$/i;

/** Behind a byte order mark and white space; in UTF-8, read as Latin-1. */
const BEGINS_LIKE_OBJECT = /^(?:\u00EF\u00BB\u00BF)?\s*(?:\{|\/[/*]|$)/;
const HEAD_BYTES = 256;

/** The beginning of `boxAppSettings`: Node finds up to six bytes twice as fast as more. */
const HINT = "boxApp";

/** In quotes of any kind, where the text is no JSON. */
const SETTINGS = /["'\u2018-\u201f]boxAppSettings["'\u2018-\u201f]/;

/** Properties that hardly any other vendor has; any of them in a JSON file is worth a parse. */
const ANCHORS = ["appAuth", "publicKeyID", "enterpriseID"] as const;

/** Properties that Box has, and others as well. */
const SHARED = ["clientID", "clientSecret", "privateKey", "passphrase", "webhooks", "userID"] as const;

export interface BoxConfigDocument {
  /** Undefined if the text is not even JSON with comments. */
  readonly document: JsonDocument | undefined;
  /** What is wrong with it as JSON. */
  readonly syntax: readonly Issue[];
  /** False where only the names of some properties indicate Box, and for an example with empty ids. */
  readonly certain: boolean;
}

/** Whether a file is too large for `boxConfigIn`, although its name or a word in it indicates a Box config. */
export function isOversizedConfig({ path, bytes, whole }: Content): boolean {
  if (whole && bytes.length <= MAX_CONFIG_BYTES) return false;
  const name = baseName(path);
  return BOX_FILE_NAME.test(name) || (JSON_NAME.test(name) && bytes.includes('"boxAppSettings"'));
}

/** What of a path decides whether a content is taken for a Box config, and how it is read. */
export function configRole(path: string): string {
  const name = baseName(path);
  if (BOX_FILE_NAME.test(name)) return `named ${COMMENTS_ALLOWED.test(name)}`;
  if (!JSON_NAME.test(name)) return "";
  return `json ${COMMENTS_ALLOWED.test(name)} ${name === "config.json"} ${name.endsWith("5")}`;
}

/** The Box config that the content is, or undefined. Returns at once where no name of Box's occurs. */
export function boxConfigIn({ path, bytes, whole, encoding }: Content): BoxConfigDocument | undefined {
  if (!whole || bytes.length > MAX_CONFIG_BYTES) return undefined;
  const name = baseName(path);
  const named = BOX_FILE_NAME.test(name);
  const json = named || JSON_NAME.test(name);
  const utf8 = asUtf8(bytes, encoding);
  if (!json && !BEGINS_LIKE_OBJECT.test(utf8.toString("latin1", 0, HEAD_BYTES))) return undefined;
  const hinted = named || utf8.includes(HINT) || (json && ANCHORS.some((anchor) => utf8.includes(anchor)));
  if (!hinted) return undefined;

  const text = utf8.toString("utf8");
  const { document, issues } = read(text, COMMENTS_ALLOWED.test(name));
  const syntax = isUtf16(bytes) ? [NOT_UTF8, ...issues] : issues;
  if (document === undefined) {
    return named || isMeant(name, text) ? { document, syntax, certain: named } : undefined;
  }
  const certain = named || hasBoxProperties(document.value);
  const suspected = certain || (name === "config.json" && hasAnchor(document.value));
  return suspected ? { document, syntax, certain: certain && !isExample(document.value) } : undefined;
}

/** A file that names its settings was meant to be one, although it is no JSON. */
const isMeant = (name: string, text: string) =>
  JSON_NAME.test(name) && !name.endsWith("5") && SETTINGS.test(text);

const NOT_UTF8: Issue = { code: "json_utf16", pointer: "", position: START };

const BOM: Issue = { code: "json_byte_order_mark", pointer: "", position: START };

/** Reports comments and trailing commas if the file may have none, and then ignores them to check the rest. */
function read(text: string, commentsAllowed: boolean) {
  const marked = text.startsWith("\uFEFF") ? [BOM] : [];
  const strict = readJson(text);
  if (strict.document !== undefined) return { ...strict, issues: [...marked, ...strict.issues] };
  const { document, issues } = readJson(asJson(text));
  const reported = commentsAllowed && document !== undefined ? [] : strict.issues;
  return { document, issues: [...marked, ...reported, ...(document === undefined ? [] : issues)] };
}

const hasAnchor = (value: unknown) =>
  isObject(value) && ANCHORS.some((anchor) => Object.hasOwn(value, anchor));

/** `boxAppSettings`, a property of it that is one level too high, or something that was meant to be it. */
function hasBoxProperties(value: unknown): boolean {
  if (!isObject(value)) return false;
  if (Object.hasOwn(value, "boxAppSettings") || holdsKey(value.appAuth)) return true;
  const shared = SHARED.filter((name) => Object.hasOwn(value, name)).length;
  const own = ["publicKeyID", "enterpriseID"].filter((name) => Object.hasOwn(value, name)).length;
  if (own > 0 && own + shared > 2) return true;
  return Object.entries(value).some(
    ([name, held]) => nearest(name, ["boxAppSettings"]) && isObject(held) && holdsKey(held.appAuth),
  );
}

const holdsKey = (appAuth: unknown) =>
  isObject(appAuth) &&
  ["publicKeyID", "privateKey", "passphrase", "kmsKeyId"].some((name) => Object.hasOwn(appAuth, name));

/** Whether it names neither its app nor its enterprise: then it shows what is to be filled in. */
function isExample(value: unknown): boolean {
  const settings = isObject(value) && isObject(value.boxAppSettings) ? value.boxAppSettings : {};
  const { enterpriseID } = isObject(value) ? value : {};
  const ids = [settings.clientID, enterpriseID].filter((id) => id !== undefined);
  return ids.length > 0 && ids.every((id) => String(id).trim() === "");
}
