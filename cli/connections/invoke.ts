import { visible } from "../../action/report/escape.ts";
import { awsError, parseJson } from "../../client/aws-errors.ts";
import { clientError } from "../../client/errors.ts";
import { post } from "../../client/http.ts";
import { signedHeaders } from "../../client/sigv4.ts";
import { type Invocation, invocationOf } from "../../client/target.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { TOKEN_REQUEST_FORMS } from "../../schemas/protocol/token-request.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { whileWaiting } from "../progress.ts";
import { type Refusal, refusalOf, withRegion, writtenRegion } from "../refusal.ts";
import type { Terminal } from "../terminal.ts";
import { awsCredentials } from "../token/aws-credentials.ts";

/** Options of every command that invokes the connections function. */
export const OF_FUNCTION = {
  function: { type: "string", value: "NAME", help: "the connections function, by name or ARN" },
  region: {
    type: "string",
    value: "REGION",
    help: "of the function; default: as its ARN, else AWS_REGION, else of the profile",
  },
} as const;

const [USER_ID] = TOKEN_REQUEST_FORMS.box_subject_id;

/** The sentence about a `--user` that cannot be one; undefined where it can, or where there is none. */
export function userMistake(user: string | undefined): string | undefined {
  if (user === undefined || USER_ID.test(user)) return undefined;
  return `--user is ${visible(user)}; write the id of a Box user, 1 to 20 digits. An email address is not one.`;
}

/** Where the connections function is, as the options name it. */
export interface FunctionOptions {
  readonly function?: string;
  readonly region?: string;
}

/** The function reads the whole table before it responds. */
const TIMEOUT_MS = 120_000;

type Response = Readonly<Record<string, unknown>>;

/** Name of the error that the connections function throws for an event that is not one of its own; its callers may catch it. */
export const INVALID_REQUEST = "InvalidRequest";

/**
 * Invokes the connections function that the options name, once.
 * @param read parses its response; undefined for one that the connections function does not give
 * @returns a sentence about the use of the command, or what the function or AWS refused, with the codes of docs/problems.md
 */
export async function invokeConnections<Value>(
  { function: name = "", region }: FunctionOptions,
  event: object,
  read: (response: Response) => Value | undefined,
  terminal: Terminal,
): Promise<Result<Value, string | Refusal>> {
  const { env } = terminal;
  const invocation = invocationOf(name, region, env);
  if (!invocation.ok) return refused(withRegion(invocation.error, writtenRegion(region, env)));
  const result = await invoke({ name, ...invocation.value }, event, read, terminal);
  if (result.ok) return result;
  const { error } = result;
  return refused(error.code === INVALID_REQUEST ? { ...error, code: "invalid_request" } : error);
}

/** A function, and where it is invoked. */
interface NamedInvocation extends Invocation {
  readonly name: string;
}

/**
 * Invokes a function once, with the AWS credentials of this shell.
 * @param read parses its response; undefined for one that the connections function does not give
 */
export async function invoke<Value>(
  invocation: NamedInvocation,
  event: object,
  read: (response: Response) => Value | undefined,
  terminal: Terminal,
): Promise<Result<Value, Refusal>> {
  const { name, region } = invocation;
  const result = invoked(invocation, JSON.stringify(event), terminal.env);
  try {
    const response = await whileWaiting(terminal, `Waiting for the function ${visible(name)}`, result);
    if (!response.ok) return response;
    const value = read(response.value);
    return value === undefined ? refused(anotherFunction(name)) : ok(value);
  } catch (error) {
    return refused(refusalOf(error, region));
  }
}

const anotherFunction = (name: string): Refusal => ({
  code: "not_a_connections_function",
  message: `The response of ${visible(name)} is not that of the connections function. Name the function of the stack's output ConnectionsFunction.`,
});

async function invoked(
  { name, region, url }: NamedInvocation,
  body: string,
  env: NodeJS.ProcessEnv,
): Promise<Result<Response, Refusal>> {
  const headers = { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" };
  const credentials = await awsCredentials(env)();
  const signed = signedHeaders({ url, headers, body }, region, credentials, new Date());
  const response = await post(url, signed, body, TIMEOUT_MS);
  if (response.status !== 200)
    throw awsError(response, { status: response.status }, `(Function ${name}, region ${region}.)`);
  const result = parseJson(response.body);
  if (!isObject(result)) throw clientError("function_failed");
  if (response.headers["x-amz-function-error"] === undefined) return ok(result);
  const { errorType, errorMessage } = result;
  return refused({ code: String(errorType), message: String(errorMessage) });
}
