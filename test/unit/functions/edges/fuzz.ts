import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { directInvokeAdapter } from "../../../../functions/lambda/direct-invoke.ts";
import { functionUrlAdapter } from "../../../../functions/lambda/function-url.ts";
import { lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { SeededRandom } from "../../../support/seeded-random.ts";
import { edgeHarness, type Granted, isFor, MAY } from "./harness.ts";
import { CANARY, FUNCTION_ARN, invokedArn, invokeEvent, REPORTS_SESSION, urlEvent } from "./inputs.ts";

/** A response in a form common to both functions, with the facts that the checks need. */
interface Responded {
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly issued: boolean;
  /** What is wrong with the format of the response. */
  readonly malformed?: string | undefined;
  /** The parameters that were sent. */
  readonly requested: unknown;
  readonly caller: keyof typeof MAY;
}

type Send = (random: SeededRandom, requestId: string) => Promise<Responded>;

/** Runs all inputs; a failure names the seed that reproduces it. */
async function fuzz(
  inputs: number,
  send: Send,
  { granted, lines }: ReturnType<typeof edgeHarness>,
): Promise<Map<string, number>> {
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
  const codes = new Map<string, number>();
  for (let input = 0; input < inputs; input++) {
    const requestId = `request-${input}`;
    lines.length = 0;
    const fail = (wrong: unknown) => expect.fail(`FUZZ_SEED=${seed}, input ${input}: ${wrong}`);
    const responded = await send(new SeededRandom(seed + input * 7_919), requestId).catch((error) =>
      fail(error?.stack),
    );
    const { text, body, issued } = responded;
    const code = issued ? "issued" : String(body.code);
    const wrong =
      responded.malformed ??
      (issued ? tokenComplaint(responded, granted) : refusalComplaint(responded, requestId)) ??
      auditComplaint(lines, code, requestId);
    if (wrong !== undefined) fail(`${wrong}: ${text.slice(0, 500)}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

function tokenComplaint(
  { body, requested, caller }: Responded,
  tokens: Map<string, Granted>,
): string | undefined {
  const granted = tokens.get(String(body.access_token));
  if (granted === undefined) return "the token is not of Box";
  if (!MAY[caller](granted)) return `the policy does not allow ${caller} ${JSON.stringify(granted)}`;
  if (!isFor(requested, granted))
    return `${JSON.stringify(granted)} is not what was requested: ${JSON.stringify(requested)}`;
  return undefined;
}

const REFUSAL = ["error", "error_description", "code", "retryable", "request_id"].join();

function refusalComplaint({ text, body }: Responded, requestId: string): string | undefined {
  if (text.includes(CANARY)) return "the response repeats what the caller wrote";
  if (Object.keys(body).join() !== REFUSAL) return "the refusal has other properties";
  if (!Object.hasOwn(PROBLEMS, String(body.code))) return "the code is unknown";
  if (PROBLEMS[body.code as ProblemCode].status >= 500)
    return "the response blames an upstream, although only the request is wrong";
  if (body.retryable !== false) return "the same request will not do better";
  return body.request_id === requestId ? undefined : "the request id is another one's";
}

type Lines = readonly Readonly<Record<string, unknown>>[];

function auditComplaint(lines: Lines, code: string, requestId: string): string | undefined {
  const audits = lines.filter(({ kind }) => kind === "audit");
  if (audits.length !== 1) return `${audits.length} audit lines`;
  const [{ outcome, code: logged, request_id, token_sha256 } = {}] = audits;
  if (request_id !== requestId) return "the audit line is another request's";
  if (code === "issued") return outcome === "issued" && token_sha256 ? undefined : "the audit line denies it";
  return outcome === "denied" && logged === code ? undefined : "the audit line says otherwise";
}

const CODES = ["issued", "invalid_request", "unsupported_grant_type", "unauthorized_client"];

/** Tests each of the two functions with this number of random inputs. */
export function testInputs(inputs: number): void {
  it(`${inputs} inputs get correct responses from the Function URL, as JSON that no cache keeps`, async () => {
    const harness = edgeHarness();
    const handler = lambdaHandler(functionUrlAdapter, harness.service);
    const codes = await fuzz(
      inputs,
      async (random, awsRequestId) => {
        const event = urlEvent(random);
        const {
          statusCode = 0,
          headers = {},
          body: sent = "",
        } = await handler(event, lambdaContext({ awsRequestId }));
        const body = JSON.parse(sent) as Record<string, unknown>;
        const issued = statusCode === 200;
        const text = `${statusCode} ${JSON.stringify(headers)} ${sent}`;
        const malformed = httpComplaint(statusCode, headers, body);
        return {
          text,
          body,
          issued,
          malformed,
          requested: issued && parametersOf(event),
          caller: callerOf(event),
        };
      },
      harness,
    );
    expect([...codes.keys()].sort()).toEqual([...CODES, "method_not_allowed", "unknown_path"].sort());
    expect(codes.get("issued")).toBeGreaterThan(inputs / 10);
  });

  it(`${inputs} inputs get correct results from a direct invoke: a token, or an error with the problem's name and no stack`, async () => {
    const harness = edgeHarness();
    const handler = lambdaHandler(directInvokeAdapter, harness.service);
    const codes = await fuzz(
      inputs,
      async (random, awsRequestId) => {
        const invokedFunctionArn = invokedArn(random);
        const caller = invokedFunctionArn === `${FUNCTION_ARN}nightly` ? "nightly" : "none";
        const requested = invokeEvent(random);
        try {
          const body = await handler(requested, lambdaContext({ awsRequestId, invokedFunctionArn }));
          return { text: JSON.stringify(body), body: { ...body }, issued: true, requested, caller };
        } catch (thrown) {
          const { name, message: text, stack } = thrown as Error;
          const body = JSON.parse(text) as Record<string, unknown>;
          const malformed = name === body.code && stack === "" ? undefined : `an error named ${name}`;
          return { text, body, issued: false, malformed, requested, caller };
        }
      },
      harness,
    );
    expect([...codes.keys()].sort()).toEqual([...CODES].sort());
    expect(codes.get("issued")).toBeGreaterThan(inputs / 20);
  });
}

function httpComplaint(status: number, headers: object, body: Responded["body"]): string | undefined {
  const { "content-type": type, "cache-control": cache, pragma, allow } = headers as Record<string, string>;
  if (`${type} ${cache} ${pragma}` !== "application/json no-store no-cache") return "a cache may keep it";
  if (status === 200) return undefined;
  if (PROBLEMS[body.code as ProblemCode]?.status !== status) return `the status is not that of ${body.code}`;
  return (allow === "POST") === (status === 405) ? undefined : "Allow belongs to 405";
}

/** The parts that every granted event has. */
interface GrantedEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: unknown;
}

/** The parameters as a naive server parses them; undefined if one occurs twice. */
function parametersOf(event: unknown): unknown {
  const { headers, body, isBase64Encoded } = event as GrantedEvent;
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  if (headers["content-type"]?.toLowerCase().includes("json")) return JSON.parse(text.replace(/^\ufeff/, ""));
  const parameters = [...new URLSearchParams(text)];
  const requested = new Map(parameters);
  return requested.size === parameters.length ? Object.fromEntries(requested) : undefined;
}

function callerOf(event: unknown): keyof typeof MAY {
  const { requestContext } = (event ?? {}) as {
    requestContext?: { authorizer?: { iam?: { userArn?: unknown } } };
  };
  const session = requestContext?.authorizer?.iam?.userArn;
  if (typeof session !== "string" || !session.startsWith(REPORTS_SESSION)) return "none";
  return /^[^/]+$/.test(session.slice(REPORTS_SESSION.length)) ? "reports" : "none";
}
