import { nearest } from "../schemas/json/nearest.ts";
import { CONNECTION_SECONDS, REQUEST_SECONDS } from "../schemas/protocol/request-time.ts";
import { parseTokenRequest } from "../schemas/protocol/token-request.ts";
import { type CredentialProvider, defaultCredentials, validatedProvider } from "./credentials.ts";
import { clientError, quotable } from "./errors.ts";
import { type Target, type TokenParameters, targetOf } from "./target.ts";
import type { BoxAuthOptions, Subject } from "./types.ts";

/** The validated options. */
export interface ClientSettings {
  readonly target: Target;
  /** Sent with every token request. */
  readonly parameters: TokenParameters;
  readonly credentials: CredentialProvider;
  /** Seconds of life that every returned token still has. */
  readonly minTtl: number;
  readonly timeoutMs: number;
}

/** Every option. */
export const NAMES = {
  ...{ url: true, functionName: true, alias: true, endpoint: true, allowAnyEndpoint: true },
  ...{ region: true, credentials: true, timeoutMs: true },
  ...{ app: true, subject: true, scope: true, resource: true, minTtl: true },
} as const satisfies Record<keyof BoxAuthOptions, true>;

const DEFAULT_MIN_TTL_SECONDS = 60;
export const MAX_MIN_TTL_SECONDS = 1_500;
/** Added to `minTtl` in the request, so that a token is not requested again right after it came. */
const MARGIN_SECONDS = 240;
/** The function's time limit and the time to reach it: a shorter timeout gives up while the function issues a token. */
const DEFAULT_TIMEOUT_MS = (REQUEST_SECONDS + CONNECTION_SECONDS) * 1_000;
/** Node's longest timer, about 24.8 days; a longer one fires at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** Validates the options. @throws BoxStsError `invalid_options`, with a message that names the option */
export function parseOptions(options: BoxAuthOptions, env: NodeJS.ProcessEnv = process.env): ClientSettings {
  if (typeof options !== "object" || options === null) throw invalid("boxAuth() takes one object.");
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  // A misspelt `scope` must not widen a token.
  if (unknown !== undefined) {
    throw invalid(noSuchOption(unknown));
  }
  const { minTtl = DEFAULT_MIN_TTL_SECONDS, timeoutMs = DEFAULT_TIMEOUT_MS, credentials } = options;
  if (!Number.isInteger(minTtl) || minTtl < 0 || minTtl > MAX_MIN_TTL_SECONDS) {
    throw invalid(`\`minTtl\` is a whole number of seconds from 0 to ${MAX_MIN_TTL_SECONDS}.`);
  }
  if (typeof timeoutMs !== "number" || !(timeoutMs > 0 && timeoutMs <= MAX_TIMEOUT_MS)) {
    throw invalid(`\`timeoutMs\` is a number of milliseconds above 0 and up to ${MAX_TIMEOUT_MS}.`);
  }
  const target = targetOf(options, env);
  if (!target.ok) throw invalid(target.error);
  return {
    target: target.value,
    parameters: parametersOf(options, minTtl),
    credentials: validatedProvider(credentials ?? defaultCredentials(env)),
    minTtl,
    timeoutMs,
  };
}

/** Quotes the name only if it has the form of one: anything else may be a secret in the wrong place. */
function noSuchOption(given: string): string {
  const names = Object.keys(NAMES);
  const meant = nearest(given, names);
  return [
    `There is no option${quotable(given)}.`,
    ...(meant === undefined ? [] : [`Did you mean \`${meant}\`?`]),
    `Allowed are ${names.join(", ")}.`,
  ].join(" ");
}

/** The parameters of the token request, validated by the same code as in the function. */
function parametersOf({ app, subject, scope, resource }: BoxAuthOptions, minTtl: number): TokenParameters {
  const parameters: Record<string, string> = {
    ...subjectParameters(subject),
    min_ttl: String(minTtl + MARGIN_SECONDS),
  };
  if (app !== undefined) parameters.app = app;
  if (scope !== undefined) parameters.scope = scopeText(scope);
  if (resource !== undefined) parameters.resource = resource;
  // The function treats an empty parameter as absent; here it is more likely an unset variable.
  const empty = Object.keys(parameters).find((name) => parameters[name] === "");
  if (empty !== undefined) throw invalid(`\`${empty}\` is empty.`);
  const parsed = parseTokenRequest(parameters);
  if (!parsed.ok) throw invalid(parsed.error.description);
  return parameters;
}

function scopeText(scope: unknown): string {
  if (typeof scope === "string") return scope;
  if (Array.isArray(scope) && scope.every((one) => typeof one === "string")) return scope.join(" ");
  throw invalid("`scope` is a list of Box scopes, or text with spaces between them.");
}

function subjectParameters(subject: Subject = "enterprise"): Record<string, string> {
  if (subject === "enterprise") return { box_subject_type: "enterprise" };
  const [[type, id] = [], ...more] = Object.entries<string>(Object(subject));
  if ((type !== "enterprise" && type !== "user") || id === undefined || more.length > 0) {
    throw invalid('`subject` is "enterprise", { enterprise: ID } or { user: ID }.');
  }
  return { box_subject_type: type, box_subject_id: id };
}

const invalid = (sentence: string) => clientError("invalid_options", sentence);
