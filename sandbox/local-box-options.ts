import { isObject } from "../schemas/json/is-object.ts";
import { BOX_SCOPES } from "../schemas/protocol/scopes.ts";
import { type AppSettings, REDIRECT_URI } from "./box/state.ts";
import { unknownName } from "./faults/fault-text.ts";
import type { LocalBoxOptions } from "./local-box.ts";

/** What a value may be, and how that is written in a refusal. */
interface Rule {
  readonly is: (value: unknown) => boolean;
  readonly what: string;
}

const text: Rule = { is: (value) => typeof value === "string", what: "a text" };
const boolean: Rule = { is: (value) => typeof value === "boolean", what: "true or false" };
const integer = (least: number, most: number): Rule => ({
  is: (value) => Number.isInteger(value) && Number(value) >= least && Number(value) <= most,
  what: `a whole number from ${least} to ${most}`,
});
const oneOf = (...choices: readonly string[]): Rule => ({
  is: (value) => choices.some((choice) => choice === value),
  what: choices.map((choice) => JSON.stringify(choice)).join(" or "),
});
const listOf = (items: string, holds: (value: unknown) => boolean): Rule => ({
  is: (value) => Array.isArray(value) && value.every(holds),
  what: `a list of ${items}`,
});

const port = integer(0, 65_535);
const OPTIONS = {
  port,
  host: text,
  console: boolean,
  tls: { is: (value) => boolean.is(value) || port.is(value), what: `true, false or ${port.what}` },
  apps: { is: isObject, what: "an object with the settings of each app by its name" },
  seed: { is: text.is, what: "the path of a folder" },
  expiresIn: integer(1, 31_536_000),
  refreshRotation: oneOf("strict", "commit-on-use"),
  controlToken: text,
} satisfies Record<keyof LocalBoxOptions, Rule>;

const SETTINGS = {
  clientId: text,
  clientSecret: text,
  enterpriseId: text,
  authentication: oneOf("jwt", "client_credentials", "oauth2", "app_token"),
  authorized: boolean,
  enabled: boolean,
  userTokens: boolean,
  asUser: boolean,
  accessLevel: oneOf("app", "app+enterprise"),
  scopes: listOf("Box scopes", (value) => BOX_SCOPES.some((scope) => scope === value)),
  redirectUris: listOf(
    "URIs, each with its scheme",
    (value) => typeof value === "string" && REDIRECT_URI.test(value),
  ),
  signatureKeys: boolean,
} satisfies Record<keyof AppSettings, Rule>;

/**
 * Refuses what `startBox()` would otherwise ignore, so that no test passes because of a misspelt option.
 * @throws TypeError with what is wrong and what is allowed
 */
export function checkOptions(options: LocalBoxOptions): void {
  check("", options, OPTIONS, "option");
  for (const [name, settings] of Object.entries(options.apps ?? {})) {
    if (name === "") throw new TypeError('An app in apps has the name "", which must not be empty.');
    check(`apps.${name}`, settings, SETTINGS, "setting of an app");
  }
}

function check(
  path: string,
  given: unknown,
  rules: Readonly<Record<string, Rule>>,
  kind: "option" | "setting of an app",
): void {
  if (!isObject(given)) throw new TypeError(`${path || "The options"} must be an object.`);
  for (const [name, value] of Object.entries(given)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) throw new TypeError(unknownName(kind, name, Object.keys(rules)));
    if (value !== undefined && !rule.is(value))
      throw new TypeError(`${path === "" ? name : `${path}.${name}`} must be ${rule.what}.`);
  }
}
