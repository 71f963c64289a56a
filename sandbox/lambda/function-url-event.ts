import type { Identity } from "../aws/identities.ts";
import type { HttpRequest } from "../http/server.ts";

const URL_ID = "sandboxsandboxsandboxsandboxsand";
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Content types whose bodies a Function URL passes as text; it base64-encodes any other, forms included. */
const TEXT =
  /^(?:text\/|application\/(?:json|xml|javascript)(?:;|$)|application\/[a-z.-]+\+(?:json|xml)(?:;|$))/;

/**
 * The event of payload format 2.0, as a Function URL makes it.
 * https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
 * @param identity who signed the request; undefined where the URL lets anyone in (`NONE`)
 * @param now milliseconds since 1970.
 */
export function functionUrlEvent(
  request: HttpRequest,
  identity: Identity | undefined,
  region: string,
  requestId: string,
  now: number,
): Readonly<Record<string, unknown>> {
  const { cookie, ...headers } = request.headers;
  const path = decodedPath(request.path);
  const domainName = `${URL_ID}.lambda-url.${region}.on.aws`;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString: request.query,
    ...(cookie === undefined ? {} : { cookies: cookie.split(/; */) }),
    headers: {
      ...headers,
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-proto": "https",
      "x-forwarded-port": "443",
    },
    ...(request.query === "" ? {} : { queryStringParameters: queryParameters(request.query) }),
    requestContext: {
      accountId: identity?.account ?? "anonymous",
      apiId: URL_ID,
      ...(identity && { authentication: null, authorizer: { iam: iamAuthorizer(identity) } }),
      domainName,
      domainPrefix: URL_ID,
      http: {
        method: request.method,
        path,
        protocol: "HTTP/1.1",
        sourceIp: "127.0.0.1",
        userAgent: headers["user-agent"] ?? null,
      },
      requestId,
      routeKey: "$default",
      stage: "$default",
      time: clfTime(new Date(now)),
      timeEpoch: now,
    },
    ...bodyProperties(request),
  };
}

function iamAuthorizer({
  accessKeyId,
  account,
  userId,
  sessionArn,
}: Identity): Readonly<Record<string, unknown>> {
  return {
    accessKey: accessKeyId,
    accountId: account,
    callerId: userId,
    cognitoIdentity: null,
    principalOrgId: null,
    userArn: sessionArn,
    userId,
  };
}

function bodyProperties({ body, headers }: HttpRequest): Readonly<Record<string, unknown>> {
  if (body.length === 0) return { isBase64Encoded: false };
  const text = TEXT.test((headers["content-type"] ?? "").toLowerCase());
  return { body: body.toString(text ? "utf8" : "base64"), isBase64Encoded: !text };
}

function queryParameters(query: string): Readonly<Record<string, string>> {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(query)) {
    const earlier = parameters.get(name);
    parameters.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return Object.fromEntries(parameters);
}

/** The path as it is where it is not percent-encoded UTF-8. */
export function decodedPath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** `21/Nov/2026:04:12:00 +0000`. */
function clfTime(date: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}`;
  return `${day}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
}
