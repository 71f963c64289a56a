import { createHash, createHmac } from "node:crypto";

/**
 * Credentials of an IAM identity, with the AWS SDK's names; its `AwsCredentialIdentity` fits. Each value has visible
 * ASCII characters alone, otherwise requests reject with `no_credentials`.
 */
export interface AwsCredentials {
  /** The access key's id, 20 characters: `AKIA…` of a user, `ASIA…` of a session. It is no secret. */
  readonly accessKeyId: string;
  /** The secret of the access key, which signs requests and is never sent. */
  readonly secretAccessKey: string;
  /** The token of a session, sent as `x-amz-security-token`; absent or empty for the long-term keys of a user. */
  readonly sessionToken?: string | undefined;
}

/** A request before it is signed. */
export interface Unsigned {
  /** Default: `POST`. */
  readonly method?: string;
  readonly url: URL;
  /** Lower-case names; every one is signed. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const ALGORITHM = "AWS4-HMAC-SHA256";
const SERVICE = "lambda";

/**
 * The headers of the request with Signature Version 4 for the service `lambda`.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signedHeaders(
  { method = "POST", url, headers, body }: Unsigned,
  region: string,
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  now: Date,
): Readonly<Record<string, string>> {
  const timestamp = now.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const day = timestamp.slice(0, 8);
  const signing: Record<string, string> = {
    ...headers,
    host: url.host,
    "x-amz-date": timestamp,
    ...(sessionToken ? { "x-amz-security-token": sessionToken } : {}),
  };
  const names = Object.keys(signing).sort();
  const canonical = [
    method,
    url.pathname.split("/").map(encode).join("/"),
    canonicalQuery(url.searchParams),
    ...names.map((name) => `${name}:${signing[name]?.trim().replaceAll(/ +/g, " ")}`),
    "",
    names.join(";"),
    sha256(body),
  ].join("\n");
  const scope = [day, region, SERVICE, "aws4_request"];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, [ALGORITHM, timestamp, scope.join("/"), sha256(canonical)].join("\n"));
  const credential = `${accessKeyId}/${scope.join("/")}`;
  const authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature.toString("hex")}`;
  return { ...signing, authorization };
}

function canonicalQuery(parameters: URLSearchParams): string {
  return [...parameters]
    .map(([name, value]) => [encode(name), encode(value)] as const)
    .sort(([name, value], [other, another]) => order(name, other) || order(value, another))
    .map((pair) => pair.join("="))
    .join("&");
}

/** RFC 3986: a path segment that is encoded already is encoded once more, as AWS requires for all services but S3. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

const order = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
