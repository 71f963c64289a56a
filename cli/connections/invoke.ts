import { visible } from "../../action/report/escape.ts";
import { awsError, parseJson } from "../../client/aws-errors.ts";
import { clientError } from "../../client/errors.ts";
import { post } from "../../client/http.ts";
import { signedHeaders } from "../../client/sigv4.ts";
import { invocationOf } from "../../client/target.ts";
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
  region: { type: "string", value: "REGION", help: "of the function; default: as its ARN, else AWS_REGION" },
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

/** The options that set the properties of an event, by which the connections function calls them. */
const WRITTEN_AS: readonly (readonly [RegExp, string])[] = [
  [/^app must /, "--app must "],
  [/^userId must /, "--user must "],
  [/^returnTo must /, "--return-to must "],
  [/^validDays must /, "--days must "],
  [/"force": true/g, "--force"],
];

/** As `invoke`, with the codes of docs/problems.md and the options of the command line in what the function refuses. */
export async function invokeConnections<Value>(
  ...request: Parameters<typeof invoke<Value>>
): ReturnType<typeof invoke<Value>> {
  const result = await invoke<Value>(...request);
  if (!result.ok || result.value.ok) return result;
  const { code, message } = result.value.error;
  return ok(
    refused({
      // The function's own name for it, which its callers may catch.
      code: code === "InvalidRequest" ? "invalid_request" : code,
      message: WRITTEN_AS.reduce((text, [theirs, ours]) => text.replace(theirs, ours), message),
    }),
  );
}

/**
 * Invokes the connections function once, with the AWS credentials of this shell.
 * @param read parses its response; undefined for one that the connections function does not give
 * @returns a sentence about the use of the command, or what the function or AWS refused
 */
export async function invoke<Value>(
  { function: name = "", region }: FunctionOptions,
  event: object,
  read: (response: Response) => Value | undefined,
  terminal: Terminal,
): Promise<Result<Result<Value, Refusal>, string>> {
  const { env } = terminal;
  const target = invocationOf(name, region, env);
  if (!target.ok) return refused(withRegion(target.error, writtenRegion(region, env)));
  const result = invoked(name, target.value, JSON.stringify(event), env);
  try {
    const response = await whileWaiting(terminal, `Waiting for the function ${visible(name)}`, result);
    if (!response.ok) return ok(response);
    const value = read(response.value);
    return ok(value === undefined ? refused(anotherFunction(name)) : ok(value));
  } catch (error) {
    const { code, message } = refusalOf(error, target.value.region);
    return ok(refused({ code, message }));
  }
}

const anotherFunction = (name: string): Refusal => ({
  code: "not_a_connections_function",
  message: `The response of ${visible(name)} is not that of the connections function. Name the function of the stack's output ConnectionsFunction.`,
});

async function invoked(
  name: string,
  target: { readonly region: string; readonly url: URL },
  body: string,
  env: NodeJS.ProcessEnv,
): Promise<Result<Response, Refusal>> {
  const { region, url } = target;
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
