import { nearest } from "../schemas/nearest.ts";
import { CONNECTION_SECONDS, REQUEST_SECONDS } from "../schemas/request-time.ts";
import { parseTokenRequest } from "../schemas/token-request.ts";
import { type CredentialProvider, checked, defaultCredentials } from "./credentials.ts";
import { clientError, quotable } from "./errors.ts";
import { type Members, type Target, targetOf } from "./target.ts";
import type { BoxAuthOptions, Subject } from "./types.ts";

/** The options, understood. */
export interface Plan {
  readonly target: Target;
  /** What is asked for with every request. */
  readonly members: Members;
  readonly credentials: CredentialProvider;
  /** Seconds of life that a token handed out still has. */
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
const MAX_MIN_TTL_SECONDS = 1_500;
/** Longer than a token has to live on, so that a fresh one is not asked for again at once. */
const MARGIN_SECONDS = 240;
/** The function's whole time and the way to it: a shorter one gives up on a token that is being issued. */
const DEFAULT_TIMEOUT_MS = (REQUEST_SECONDS + CONNECTION_SECONDS) * 1_000;
/** The longest that a timer of Node can wait, about 24.8 days; it rings at once for anything longer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** @throws BoxStsError `invalid_options`, with a sentence that names the option. */
export function planOf(options: BoxAuthOptions, env: NodeJS.ProcessEnv = process.env): Plan {
  if (typeof options !== "object" || options === null) throw invalid("It takes one object.");
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
    members: membersOf(options, minTtl),
    credentials: checked(credentials ?? defaultCredentials(env)),
    minTtl,
    timeoutMs,
  };
}

/** A name is quoted where it can be one: what is long or odd may be a value in the wrong place. */
function noSuchOption(given: string): string {
  const names = Object.keys(NAMES);
  const meant = nearest(given, names);
  return [
    `There is no option${quotable(given)}.`,
    ...(meant === undefined ? [] : [`Did you mean \`${meant}\`?`]),
    `Allowed are ${names.join(", ")}.`,
  ].join(" ");
}

/** The members of the token request; the function checks them by the same rules. */
function membersOf({ app, subject, scope, resource }: BoxAuthOptions, minTtl: number): Members {
  const members: Record<string, string> = {
    ...subjectMembers(subject),
    min_ttl: String(minTtl + MARGIN_SECONDS),
  };
  if (app !== undefined) members.app = app;
  if (scope !== undefined) members.scope = typeof scope === "string" ? scope : scope.join(" ");
  if (resource !== undefined) members.resource = resource;
  // The function takes an empty member for one that was not sent; here somebody's variable was empty.
  const empty = Object.keys(members).find((name) => members[name] === "");
  if (empty !== undefined) throw invalid(`\`${empty}\` is empty.`);
  const parsed = parseTokenRequest(members);
  if (!parsed.ok) throw invalid(parsed.error.description);
  return members;
}

function subjectMembers(subject: Subject = "enterprise"): Record<string, string> {
  if (subject === "enterprise") return { box_subject_type: "enterprise" };
  const [[type, id] = [], ...more] = Object.entries<string>(Object(subject));
  if ((type !== "enterprise" && type !== "user") || id === undefined || more.length > 0) {
    throw invalid('`subject` is "enterprise", { enterprise: ID } or { user: ID }.');
  }
  return { box_subject_type: type, box_subject_id: id };
}

const invalid = (sentence: string) => clientError("invalid_options", sentence);
