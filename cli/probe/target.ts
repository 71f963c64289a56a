import { BoxStsError } from "../../client/errors.ts";
import { post } from "../../client/http.ts";
import type { AwsCredentials } from "../../client/index.ts";
import { parseOptions } from "../../client/options.ts";
import { signedHeaders, type Unsigned } from "../../client/sigv4.ts";
import { invocationOf } from "../../client/target.ts";
import { CONNECTION_SECONDS, REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { refusalOf, withRegion, writtenRegion } from "../refusal.ts";
import { type TokenOptions, tokenSource } from "../token/target.ts";
import { type ProbeOutcome, readInvokeOutcome, readUrlOutcome } from "./outcome.ts";

/** One of the two ways to a token, and the caller's own request; or the way around the Function URL. */
export interface ProbeTarget {
  readonly kind: "url" | "invoke" | "direct";
  readonly host: string;
  readonly region: string;
  /** The parameters of the caller's own request. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The request with these parameters. */
  request(parameters: Readonly<Record<string, string>>): Unsigned;
}

/** How a request is signed: by the caller, by another identity, wrongly, or not at all. */
export type Signer = AwsCredentials | "unsigned";

/** The target that the options name; the error is a sentence about the options. */
export function probeTarget(options: TokenOptions, env: NodeJS.ProcessEnv): Result<ProbeTarget, string> {
  const source = tokenSource(options);
  if (!source.ok) return source;
  if (source.value.kind === "config") return refused("A config file has no deployment to probe.");
  try {
    const unused = async () => ({ accessKeyId: "unused", secretAccessKey: "unused" });
    const { target, parameters } = parseOptions({ ...source.value.options, credentials: unused }, env);
    const { region, token } = target;
    return ok({
      kind: options.url === undefined ? "invoke" : "url",
      host: token.request(parameters).url.host,
      region,
      parameters,
      request: token.request,
    });
  } catch (error) {
    return refused(refusalOf(error, writtenRegion(options.region, env)).message);
  }
}

/** The function behind a Function URL, invoked directly with an event that names a caller. */
export function directTarget(
  functionName: string,
  region: string | undefined,
  env: NodeJS.ProcessEnv,
): Result<ProbeTarget, string> {
  const invocation = invocationOf(functionName, region, env);
  if (!invocation.ok) return refused(withRegion(invocation.error, writtenRegion(region, env)));
  const { url } = invocation.value;
  const headers = { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" };
  const request = () => ({ url, headers, body: JSON.stringify(FORGED) });
  return ok({ kind: "direct", host: url.host, region: invocation.value.region, parameters: {}, request });
}

/** A Function URL's event as a direct caller could write it. The identity is of no account: no statement is for it. */
const FORGED = {
  version: "2.0",
  rawPath: "/oauth2/token",
  rawQueryString: "",
  headers: { "content-type": "application/json" },
  requestContext: {
    http: { method: "POST" },
    authorizer: { iam: { userArn: "arn:aws:sts::000000000000:assumed-role/box-sts-probe/probe" } },
  },
  body: "{}",
  isBase64Encoded: false,
};

const TIMEOUT_MS = (REQUEST_SECONDS + CONNECTION_SECONDS) * 1_000;

/**
 * Sends one request, once. The token of a response is dropped here.
 * @param ageMs how long before now it was signed, in milliseconds
 */
export async function send(
  { kind, region }: ProbeTarget,
  unsigned: Unsigned,
  signer: Signer,
  ageMs = 0,
): Promise<ProbeOutcome> {
  const { method, url, headers, body } = unsigned;
  const signedAt = new Date(Date.now() - ageMs);
  const { host: _, ...signed } =
    signer === "unsigned" ? { host: "", ...headers } : signedHeaders(unsigned, region, signer, signedAt);
  try {
    const response = await post(url, signed, body, TIMEOUT_MS, method);
    return kind === "url" ? readUrlOutcome(response) : readInvokeOutcome(response);
  } catch (error) {
    if (error instanceof BoxStsError) return { by: "network", code: error.code, region };
    throw error;
  }
}
