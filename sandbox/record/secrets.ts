import { isObject } from "../../schemas/json/is-object.ts";
import { type Exchange, formOf, jsonOf, type Message } from "./exchange.ts";

/** Names of properties, fields and parameters whose value is a secret, or opens something without another one. */
const SECRET_NAME =
  /token|secret|password|passphrase|assertion|signature|private_?key|primary_?key|secondary_?key/i;
/** Fields and parameters of OAuth; in JSON, Box has other things by these names. */
const SECRET_FIELDS: ReadonlySet<string> = new Set(["code", "code_verifier", "state", "client_id"]);
/** They end like secrets and are none. */
const PUBLIC_NAMES: ReadonlySet<string> = new Set([
  ...["token_type", "issued_token_type", "subject_token_type", "actor_token_type", "requested_token_type"],
  ...["is_password_enabled", "is_external_only"],
]);
const SECRET_HEADERS = ["cookie", "set-cookie", "boxapi", "x-api-key"];
/** Shorter ones are removed where they are, and not wherever the same letters appear. */
const SHORTEST = 6;

const JWT = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const LONG_TOKEN = /\b1![\w.~-]{20,}/g;
/** Client ids and secrets, keys of webhooks, short tokens. */
const ALNUM_32 = /\b[A-Za-z0-9]{32}\b/g;
const PEM = /-----BEGIN [A-Z ]+-----[\s\S]*?-----END [A-Z ]+-----/g;
const URL_IN_TEXT = /\bhttps?:\/\/[^\s"'<>]+/g;
const EMAIL = /[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+/g;

export interface Removal {
  /** Learns the secrets of what has passed. */
  learn(exchange: Exchange): void;
  /** The text without any secret, known or by its form, and without personal data unless that is kept. */
  clean(text: string): string;
  /** The JSON value likewise; a secret property keeps its name. */
  cleanJson(value: unknown): unknown;
  /** A placeholder for a person's name; the same one each time. */
  person(name: string): string;
}

/** Removes secrets. A value has one placeholder throughout, so that what was equal remains equal. */
export function secretRemoval({ keepPeople }: { readonly keepPeople: boolean }): Removal {
  const secrets = new Map<string, string>();
  const addresses = new Map<string, string>();
  const people = new Map<string, string>();
  const placeholder = (value: string): string => {
    const known = secrets.get(value) ?? `removed-${secrets.size + 1}`;
    secrets.set(value, known);
    return known;
  };
  const learnValue = (value: string): void => {
    if (value.length >= SHORTEST) placeholder(value);
  };
  const learnJson = (value: unknown, name = ""): void => {
    if (typeof value === "string" && isSecretName(name)) learnValue(value);
    else if (Array.isArray(value)) for (const each of value) learnJson(each, name);
    else if (isObject(value)) for (const [key, each] of Object.entries(value)) learnJson(each, key);
  };
  const learnMessage = (message: Message): void => {
    learnJson(jsonOf(message));
    for (const [name, value] of formOf(message)) if (isSecretField(name)) learnValue(value);
    learnValue(message.headers.authorization?.replace(/^\S+ +/, "") ?? "");
    for (const name of SECRET_HEADERS)
      for (const part of (message.headers[name] ?? "").split(/[;,&] */))
        learnValue(part.slice(part.indexOf("=") + 1));
  };
  const address = (email: string): string => {
    const key = email.toLowerCase();
    const known = addresses.get(key) ?? `user-${addresses.size + 1}@example.com`;
    addresses.set(key, known);
    return known;
  };
  const clean = (text: string): string => {
    let result = text.replace(URL_IN_TEXT, withoutSecretsOfUrl);
    for (const form of [PEM, JWT, LONG_TOKEN, ALNUM_32])
      for (const [secret] of result.matchAll(form)) placeholder(secret);
    const found = [...secrets].filter(([secret]) => secret.length >= SHORTEST && result.includes(secret));
    // A secret may contain another one: replaced first, the short one would leave the rest of the long one.
    for (const [secret, known] of found.sort(([a], [b]) => b.length - a.length))
      result = result.replaceAll(secret, known);
    return keepPeople ? result : result.replace(EMAIL, address);
  };
  const cleanJson = (value: unknown, name = ""): unknown => {
    if (typeof value === "string") return isSecretName(name) ? placeholder(value) : clean(value);
    if (Array.isArray(value)) return value.map((each) => cleanJson(each, name));
    if (!isObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, cleanJson(each, key)]));
  };
  return {
    clean,
    cleanJson: (value) => cleanJson(value),
    learn({ request, response, query }) {
      learnMessage(request);
      learnMessage(response);
      for (const [name, value] of new URLSearchParams(query)) if (isSecretField(name)) learnValue(value);
    },
    person(name) {
      if (keepPeople) return clean(name);
      const known = people.get(name) ?? `User ${people.size + 1}`;
      people.set(name, known);
      return known;
    },
  };
}

const isSecretName = (name: string): boolean => SECRET_NAME.test(name) && !PUBLIC_NAMES.has(name);

/** Whether a field of a form or a parameter of a query has a secret value. */
export const isSecretField = (name: string): boolean => isSecretName(name) || SECRET_FIELDS.has(name);

/** A signed URL opens something by its query or its last segments; what remains is the place. */
function withoutSecretsOfUrl(text: string): string {
  const url = URL.parse(text);
  if (url === null) return "removed-url";
  const isApi = /^\/(?:api\/)?2\.0\//.test(url.pathname);
  return isApi ? `${url.origin}${url.pathname}` : url.origin;
}
