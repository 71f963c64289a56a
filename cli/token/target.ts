import type { BoxAuthOptions, Subject } from "../../client/index.ts";
import { MAX_MIN_TTL_SECONDS } from "../../client/options.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { TokenParameters } from "./tokens.ts";

/** Options of every command that gets a token: where it comes from, and which one. */
export const SOURCE_OPTIONS = {
  url: { type: "string", value: "URL", help: "the Function URL of the deployment" },
  function: { type: "string", value: "NAME", help: "the function to invoke, by name or ARN, with --alias" },
  alias: { type: "string", value: "NAME", help: "the alias that the deployment grants you" },
  config: {
    type: "string",
    value: "FILE",
    help: "a config.json of the Box Developer Console; calls Box itself",
  },
  region: {
    type: "string",
    value: "REGION",
    help: "of the function; default: as its URL or ARN, else AWS_REGION, else of the profile",
  },
  app: { type: "string", value: "NAME", help: "the configured Box app; default: the only one" },
  subject: { type: "string", value: "WHO", help: "enterprise (default), enterprise:ID or user:ID" },
  scope: { type: "string", value: "SCOPES", help: 'Box scopes, as "item_download base_preview"' },
  resource: { type: "string", value: "URL", help: "https://api.box.com/2.0/folders/ID or …/files/ID" },
  "min-ttl": {
    type: "string",
    value: "SECONDS",
    help: "life that the token still has, 0 to 1500; default: 60",
  },
} as const;

/** What was written of them. */
export interface TokenOptions {
  readonly url?: string;
  readonly function?: string;
  readonly alias?: string;
  readonly config?: string;
  readonly region?: string;
  readonly app?: string;
  readonly subject?: string;
  readonly scope?: string;
  readonly resource?: string;
  readonly "min-ttl"?: string;
}

/** Where the token comes from: a deployed function, or Box with a config file of this machine. */
export type TokenSource =
  | { readonly kind: "deployed"; readonly options: BoxAuthOptions }
  | { readonly kind: "config"; readonly path: string; readonly parameters: TokenParameters };

/** Options that name a source, and those that only it has. */
const SOURCES = {
  url: ["region", "app", "min-ttl"],
  function: ["alias", "region", "app", "min-ttl"],
  config: [],
} as const;
const OF_SOURCES = ["alias", "region", "app", "min-ttl"] as const;

/** The source that the options name; otherwise a sentence that names the option that is missing or too many. */
export function tokenSource(given: TokenOptions): Result<TokenSource, string> {
  const named = (["url", "function", "config"] as const).filter((name) => given[name] !== undefined);
  const [kind, other] = named;
  if (kind === undefined || other !== undefined)
    return refused(`Name ${other === undefined ? "" : "only "}one of: --url, --function, --config.`);
  const allowed: readonly string[] = SOURCES[kind];
  const foreign = OF_SOURCES.find((name) => given[name] !== undefined && !allowed.includes(name));
  if (foreign !== undefined) return refused(`--${foreign} has no meaning with --${kind}; leave it out.`);
  const subject = subjectOf("subject", given.subject ?? "enterprise");
  if (!subject.ok) return subject;
  const { url, function: functionName, alias, config = "", region, app, scope, resource } = given;
  if (kind === "config") {
    const parameters = { ...parametersOf(subject.value), ...defined({ scope, resource }) };
    return ok({ kind, path: config, parameters });
  }
  const ttl = given["min-ttl"];
  if (ttl !== undefined && !(/^\d{1,4}$/.test(ttl) && Number(ttl) <= MAX_MIN_TTL_SECONDS)) {
    return refused(`--min-ttl is ${ttl}; write a whole number of seconds, 0 to ${MAX_MIN_TTL_SECONDS}.`);
  }
  const minTtl = ttl === undefined ? undefined : Number(ttl);
  const common = { region, app, scope, resource, minTtl, subject: subject.value };
  const options =
    kind === "url" ? { url: url ?? "", ...common } : { functionName: functionName ?? "", alias, ...common };
  return ok({ kind: "deployed", options });
}

/** @param option its name, for the sentence about another text */
export function subjectOf(option: string, text: string): Result<Subject, string> {
  if (text === "enterprise") return ok(text);
  const [, type, id = ""] = /^(enterprise|user):(\d{1,20})$/.exec(text) ?? [];
  if (type === "user") return ok({ user: id });
  if (type === "enterprise") return ok({ enterprise: id });
  return refused(`--${option} is ${text}; write enterprise, enterprise:ID or user:ID.`);
}

export function parametersOf(subject: Subject): TokenParameters {
  if (subject === "enterprise") return { box_subject_type: "enterprise" };
  return "user" in subject
    ? { box_subject_type: "user", box_subject_id: subject.user }
    : { box_subject_type: "enterprise", box_subject_id: subject.enterprise };
}

/** Without the properties that were not given. */
const defined = (all: Readonly<Record<string, string | undefined>>): TokenParameters =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
