import { CALLER_NAME } from "../schemas/policy/caller.ts";
import { isHttpsOrLoopback, isLoopback } from "../schemas/protocol/hosts.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
import { quotable } from "./errors.ts";
import { functionUrlRegion, isLambdaHost, isRegion, lambdaHost } from "./hosts.ts";
import {
  type ResponseReader,
  readInvokeResponse,
  readUrlResponse,
  revokedByInvoke,
  revokedByUrl,
  tokenIn,
} from "./responses.ts";
import type { Unsigned } from "./sigv4.ts";
import type { Token } from "./token.ts";
import type { BoxAuthOptions, ByInvoke } from "./types.ts";

/** The parameters of a token request, as they are sent. */
export type TokenParameters = Readonly<Record<string, string>>;

/** One kind of call: how to make its request and parse its response. */
export interface Operation<Parameters, Value> {
  request(parameters: Parameters): Unsigned;
  readonly read: ResponseReader<Value>;
}

/** Where tokens come from, and where they are revoked. */
export interface Target {
  readonly region: string;
  readonly token: Operation<TokenParameters, Token>;
  readonly revocation: Operation<{ readonly token: string }, true>;
}

/** Name, partial ARN or ARN, each with or without an alias. */
const FUNCTION =
  /^(?:arn:[a-z-]+:lambda:([a-z0-9-]+):\d{12}:function:|(?:\d{12}:)?(?:function:)?)[A-Za-z0-9_-]{1,64}(?::([A-Za-z0-9_-]{1,128}))?$/;

/** The alias behind a function's name or ARN; `undefined` where there is none, or where it is no such name. */
export const qualifierOf = (functionName: string): string | undefined => FUNCTION.exec(functionName)?.[2];

/** The target that the options name; the error is a sentence that quotes nothing secret. */
export function targetOf(options: BoxAuthOptions, env: NodeJS.ProcessEnv): Result<Target, string> {
  const { url, functionName } = options;
  if ((url === undefined) === (functionName === undefined)) {
    const unset = ["url", "functionName"].find((name) => Object.hasOwn(options, name));
    return refused(
      url !== undefined || unset === undefined
        ? "It takes either `url` or `functionName`."
        : `\`${unset}\` is undefined: is the variable that it comes from set?`,
    );
  }
  return url === undefined ? byInvoke(options as ByInvoke, env) : byUrl(options, env);
}

function byUrl(options: BoxAuthOptions, env: NodeJS.ProcessEnv): Result<Target, string> {
  const { alias, endpoint, allowAnyEndpoint } = options;
  if (alias !== undefined || endpoint !== undefined || allowAnyEndpoint !== undefined) {
    return refused("`alias`, `endpoint` and `allowAnyEndpoint` belong to `functionName`, not to `url`.");
  }
  const url = parsedUrl(options.url);
  if (url === undefined || !/^\/(?:oauth2\/token)?$/.test(url.pathname)) {
    return refused(
      "`url` is a Function URL: https://ID.lambda-url.REGION.on.aws/, to which oauth2/token may be appended, and nothing else.",
    );
  }
  const named = functionUrlRegion(url.hostname);
  if (named === undefined && !isLoopback(url.hostname)) {
    return refused(foreignHost("`url`", url, "a Function URL"));
  }
  const region = regionOf(options.region ?? named, env);
  if (!region.ok) return region;
  const where = `(Function URL ${url.host}, region ${region.value}.)`;
  const form = (path: string) => (parameters: Readonly<Record<string, string>>) => ({
    url: new URL(path, url),
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(parameters).toString(),
  });
  return ok({
    region: region.value,
    token: { request: form("/oauth2/token"), read: readUrlResponse(where, tokenIn) },
    revocation: { request: form("/oauth2/revoke"), read: readUrlResponse(where, revokedByUrl) },
  });
}

function byInvoke(options: ByInvoke, env: NodeJS.ProcessEnv): Result<Target, string> {
  const name = String(options.functionName);
  const [fits, home, behind] = FUNCTION.exec(name) ?? [];
  if (fits === undefined) return refused("`functionName` is the name or the ARN of a Lambda function.");
  const alias = options.alias ?? behind;
  if (alias === undefined || !CALLER_NAME.test(alias)) {
    return refused(
      `\`alias\` is ${alias === undefined ? "missing. Give " : ""}the alias that the deployment grants your role; a version, $LATEST or no alias identifies no caller.`,
    );
  }
  if (behind !== undefined && behind !== alias) {
    return refused(
      `\`functionName\` ends with the alias ${behind}, and \`alias\` is ${alias}. Give the alias once.`,
    );
  }
  const unqualified = behind === undefined ? name : name.slice(0, -behind.length - 1);
  const invocation = invocationAt(unqualified, options.region ?? home, options, env);
  if (!invocation.ok) return invocation;
  const { region, url } = invocation.value;
  url.searchParams.set("Qualifier", alias);
  const where = `(Function ${unqualified}, alias ${alias}, region ${region}.)`;
  const request = (parameters: Readonly<Record<string, string>>) => ({
    url,
    headers: { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" },
    body: JSON.stringify(parameters),
  });
  return ok({
    region,
    token: { request, read: readInvokeResponse(where, tokenIn) },
    revocation: { request, read: readInvokeResponse(where, revokedByInvoke) },
  });
}

/** Where a function is invoked that identifies its callers by IAM alone: by its name, without an alias. */
export interface Invocation {
  readonly region: string;
  readonly url: URL;
}

/** The address of such a function; the error is a sentence that quotes nothing secret. */
export function invocationOf(
  functionName: string,
  region: string | undefined,
  env: NodeJS.ProcessEnv,
): Result<Invocation, string> {
  const [fits, home, behind] = FUNCTION.exec(functionName) ?? [];
  if (fits === undefined || behind !== undefined) {
    return refused("The function is given by its name or ARN, without an alias.");
  }
  return invocationAt(functionName, region ?? home, {}, env);
}

/** @param functionName without an alias */
function invocationAt(
  functionName: string,
  given: string | undefined,
  options: EndpointOptions,
  env: NodeJS.ProcessEnv,
): Result<Invocation, string> {
  const region = regionOf(given, env);
  if (!region.ok) return region;
  const endpoint = endpointOf(options, region.value, env);
  if (!endpoint.ok) return endpoint;
  const path = `/2015-03-31/functions/${encodeURIComponent(functionName)}/invocations`;
  return ok({ region: region.value, url: new URL(path, endpoint.value) });
}

type EndpointOptions = Pick<ByInvoke, "endpoint" | "allowAnyEndpoint">;

/** Lambda's API: the option, else the AWS SDK's variables, else the region's own. */
function endpointOf(
  { endpoint, allowAnyEndpoint = false }: EndpointOptions,
  region: string,
  env: NodeJS.ProcessEnv,
): Result<URL, string> {
  if (typeof allowAnyEndpoint !== "boolean") return refused("`allowAnyEndpoint` is true or false.");
  const [name, value] = [
    ["`endpoint`", endpoint] as const,
    ["AWS_ENDPOINT_URL_LAMBDA", env.AWS_ENDPOINT_URL_LAMBDA || undefined] as const,
    ["AWS_ENDPOINT_URL", env.AWS_ENDPOINT_URL || undefined] as const,
  ].find(([, given]) => given !== undefined) ?? ["region", `https://${lambdaHost(region)}`];
  const url = parsedUrl(value);
  if (url === undefined) return refused(`${name} must be the https base URL of Lambda's API.`);
  if (!allowAnyEndpoint && !isLoopback(url.hostname) && !isLambdaHost(url.hostname)) {
    return refused(
      `${foreignHost(name, url, "Lambda's API")} Pass \`allowAnyEndpoint: true\` if that host is yours.`,
    );
  }
  return ok(url);
}

const foreignHost = (name: string, { hostname }: URL, expected: string): string =>
  `${name} names the host ${hostname}, which is not ${expected}: a signed request may only go to AWS or to loopback.`;

/** `undefined` unless it is https, or http on loopback, without credentials, query and fragment. */
function parsedUrl(given: unknown): URL | undefined {
  const text = given instanceof URL ? given.href : given;
  if (typeof text !== "string" || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  return isHttpsOrLoopback(url) && url.username + url.password + url.search + url.hash === ""
    ? url
    : undefined;
}

function regionOf(given: string | undefined, env: NodeJS.ProcessEnv): Result<string, string> {
  const region = given ?? (env.AWS_REGION || env.AWS_DEFAULT_REGION || undefined);
  if (region === undefined)
    return refused("`region` is needed: neither the target nor AWS_REGION names one.");
  if (isRegion(region)) return ok(region);
  const written = quotable(region);
  const what = written === "" ? "`region` is not" : `There is no region${written}: \`region\` is`;
  return refused(`${what} the name of an AWS region, such as us-east-1.`);
}
