import { ok, type Result, refused } from "../schemas/result.ts";
import { type Reader, readInvokeAnswer, readUrlAnswer } from "./answers.ts";
import type { Unsigned } from "./sigv4.ts";
import type { BoxAuthOptions } from "./types.ts";

/** The members of a token request, as they go over the wire. */
export type Members = Readonly<Record<string, string>>;

/** Where tokens come from, and how its requests and answers look. */
export interface Target {
  readonly region: string;
  request(members: Members): Unsigned;
  readonly read: Reader;
}

const FUNCTION_URL_HOST = /^[a-z0-9]+\.lambda-url\.([a-z0-9-]+)\.on\.aws$/;
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;
const REGION = /^[a-z]{2,6}(?:-[a-z]+)+-\d{1,2}$/;
/** Name, partial ARN or ARN, each with or without an alias. */
const FUNCTION =
  /^(?:arn:[a-z-]+:lambda:([a-z0-9-]+):\d{12}:function:|(?:\d{12}:)?(?:function:)?)[A-Za-z0-9_-]{1,64}(?::([A-Za-z0-9_-]{1,128}))?$/;
const ALIAS = /^(?!\d+$)[A-Za-z0-9_-]{1,128}$/;

/** Where AWS has its own domain; everywhere else it is `amazonaws.com`. */
const DOMAINS: readonly (readonly [RegExp, string])[] = [
  [/^cn-/, "amazonaws.com.cn"],
  [/^eusc-/, "amazonaws.eu"],
  [/^us-iso-/, "c2s.ic.gov"],
  [/^us-isob-/, "sc2s.sgov.gov"],
];

/** The target that the options name; a refusal is a sentence that quotes nothing secret. */
export function targetOf(options: BoxAuthOptions, env: NodeJS.ProcessEnv): Result<Target, string> {
  const { url, functionName } = options;
  if ((url === undefined) === (functionName === undefined)) {
    return refused("It takes either `url` or `functionName`.");
  }
  return url === undefined ? byInvoke(options, env) : byUrl(options, env);
}

function byUrl(options: BoxAuthOptions, env: NodeJS.ProcessEnv): Result<Target, string> {
  if (options.alias !== undefined || options.endpoint !== undefined) {
    return refused("`alias` and `endpoint` belong to `functionName`, not to `url`.");
  }
  const url = parsedUrl(options.url);
  if (url === undefined || !/^\/(?:oauth2\/token)?$/.test(url.pathname)) {
    return refused("`url` is a Function URL: https://ID.lambda-url.REGION.on.aws/ and nothing behind it.");
  }
  const named = FUNCTION_URL_HOST.exec(url.hostname)?.[1];
  if (named === undefined && !LOOPBACK.test(url.hostname)) {
    return refused(
      `\`url\` names the host ${url.hostname}, which is no Function URL: a signed request would go to a stranger.`,
    );
  }
  const region = regionOf(options.region ?? named, env);
  if (!region.ok) return region;
  return ok({
    region: region.value,
    read: readUrlAnswer,
    request: (members) => ({
      url: new URL("/oauth2/token", url),
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(members).toString(),
    }),
  });
}

function byInvoke(options: BoxAuthOptions, env: NodeJS.ProcessEnv): Result<Target, string> {
  const name = String(options.functionName);
  const [fits, home, behind] = FUNCTION.exec(name) ?? [];
  if (fits === undefined) return refused("`functionName` is the name or the ARN of a Lambda function.");
  const alias = options.alias ?? behind;
  if (alias === undefined || !ALIAS.test(alias) || (behind !== undefined && behind !== alias)) {
    return refused(
      "`alias` is the alias of the token function that is yours; a version, $LATEST or none identifies nobody.",
    );
  }
  const region = regionOf(options.region ?? home, env);
  if (!region.ok) return region;
  const domain = DOMAINS.find(([regions]) => regions.test(region.value))?.[1] ?? "amazonaws.com";
  const named = options.endpoint ?? (env.AWS_ENDPOINT_URL_LAMBDA || env.AWS_ENDPOINT_URL || undefined);
  const endpoint = parsedUrl(named ?? `https://lambda.${region.value}.${domain}`);
  if (endpoint === undefined)
    return refused("`endpoint` (or AWS_ENDPOINT_URL_LAMBDA) is the https base URL of Lambda's API.");
  const unqualified = behind === undefined ? name : name.slice(0, -behind.length - 1);
  const path = `/2015-03-31/functions/${encodeURIComponent(unqualified)}/invocations`;
  const url = new URL(`${path}?${new URLSearchParams({ Qualifier: alias })}`, endpoint);
  return ok({
    region: region.value,
    read: readInvokeAnswer,
    request: (members) => ({
      url,
      headers: { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" },
      body: JSON.stringify(members),
    }),
  });
}

/** `undefined` unless it is https, or http on loopback, without credentials, query and fragment. */
function parsedUrl(given: unknown): URL | undefined {
  const text = given instanceof URL ? given.href : given;
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const safe = url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname));
  return safe && url.username + url.password + url.search + url.hash === "" ? url : undefined;
}

function regionOf(given: string | undefined, env: NodeJS.ProcessEnv): Result<string, string> {
  const region = given ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
  if (region === undefined)
    return refused("`region` is needed: neither the target nor AWS_REGION names one.");
  return REGION.test(region) ? ok(region) : refused("`region` is the name of an AWS region, as us-east-1.");
}
