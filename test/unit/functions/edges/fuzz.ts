import { randomInt } from "node:crypto";
import { expect, it } from "vitest";
import { directInvokeEdge } from "../../../../functions/lambda/direct-invoke.ts";
import { functionUrlEdge } from "../../../../functions/lambda/function-url.ts";
import { lambdaHandler } from "../../../../functions/lambda/handler.ts";
import { PROBLEMS, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { Dice } from "../../../support/dice.ts";
import { lambdaContext } from "../../../support/lambda.ts";
import { edgeDesk, type Granted, isFor, MAY } from "./desk.ts";
import { CANARY, FUNCTION_ARN, invokedArn, invokeEvent, REPORTS_SESSION, urlEvent } from "./inputs.ts";

/** An answer, brought to what both functions have in common, and what may be in it. */
interface Answered {
  readonly text: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly issued: boolean;
  /** What is wrong with the form of the answer. */
  readonly malformed?: string | undefined;
  /** The members that were sent. */
  readonly asked: unknown;
  readonly caller: keyof typeof MAY;
}

type Ask = (dice: Dice, requestId: string) => Promise<Answered>;

/** Runs all inputs; what is wrong with one is told with the seed that brings it back. */
async function fuzz(
  inputs: number,
  ask: Ask,
  { granted, lines }: ReturnType<typeof edgeDesk>,
): Promise<Map<string, number>> {
  const seed = Number(process.env.FUZZ_SEED ?? randomInt(2 ** 31));
  const codes = new Map<string, number>();
  for (let input = 0; input < inputs; input++) {
    const requestId = `request-${input}`;
    lines.length = 0;
    const fail = (wrong: unknown) => expect.fail(`FUZZ_SEED=${seed}, input ${input}: ${wrong}`);
    const answered = await ask(new Dice(seed + input * 7_919), requestId).catch((error) =>
      fail(error?.stack),
    );
    const { text, body, issued } = answered;
    const code = issued ? "issued" : String(body.code);
    const wrong =
      answered.malformed ??
      (issued ? tokenComplaint(answered, granted) : refusalComplaint(answered, requestId)) ??
      auditComplaint(lines, code, requestId);
    if (wrong !== undefined) fail(`${wrong}: ${text.slice(0, 500)}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  return codes;
}

function tokenComplaint({ body, asked, caller }: Answered, tokens: Map<string, Granted>): string | undefined {
  const granted = tokens.get(String(body.access_token));
  if (granted === undefined) return "the token is not of Box";
  if (!MAY[caller](granted)) return `the policy does not allow ${caller} ${JSON.stringify(granted)}`;
  if (!isFor(asked, granted))
    return `${JSON.stringify(granted)} is not what was asked: ${JSON.stringify(asked)}`;
  return undefined;
}

const REFUSAL = ["error", "error_description", "code", "retryable", "request_id"].join();

function refusalComplaint({ text, body }: Answered, requestId: string): string | undefined {
  if (text.includes(CANARY)) return "the answer repeats what the caller wrote";
  if (Object.keys(body).join() !== REFUSAL) return "the refusal has other members";
  if (!Object.hasOwn(PROBLEMS, String(body.code))) return "the code is unknown";
  if (PROBLEMS[body.code as ProblemCode].status >= 500) return "the request is at fault, not the world";
  if (body.retryable !== false) return "the same request will not do better";
  return body.request_id === requestId ? undefined : "the request id is another one's";
}

type Lines = readonly Readonly<Record<string, unknown>>[];

function auditComplaint(lines: Lines, code: string, requestId: string): string | undefined {
  const audits = lines.filter(({ kind }) => kind === "audit");
  if (audits.length !== 1) return `${audits.length} audit lines`;
  const [{ outcome, code: told, request_id, token_sha256 } = {}] = audits;
  if (request_id !== requestId) return "the audit line is another request's";
  if (code === "issued") return outcome === "issued" && token_sha256 ? undefined : "the audit line denies it";
  return outcome === "denied" && told === code ? undefined : "the audit line says otherwise";
}

const CODES = ["issued", "invalid_request", "unsupported_grant_type", "unauthorized_client"];

/** Random inputs for each of the two functions, so many of them. */
export function testInputs(inputs: number): void {
  it(`${inputs} inputs are answered rightly by the Function URL, with JSON that no cache keeps`, async () => {
    const desk = edgeDesk();
    const handler = lambdaHandler(functionUrlEdge, desk.service);
    const codes = await fuzz(
      inputs,
      async (dice, awsRequestId) => {
        const event = urlEvent(dice);
        const {
          statusCode = 0,
          headers = {},
          body: sent = "",
        } = await handler(event, lambdaContext({ awsRequestId }));
        const body = JSON.parse(sent) as Record<string, unknown>;
        const issued = statusCode === 200;
        const text = `${statusCode} ${JSON.stringify(headers)} ${sent}`;
        const malformed = httpComplaint(statusCode, headers, body);
        return { text, body, issued, malformed, asked: issued && membersOf(event), caller: callerOf(event) };
      },
      desk,
    );
    expect([...codes.keys()].sort()).toEqual([...CODES, "method_not_allowed", "unknown_path"].sort());
    expect(codes.get("issued")).toBeGreaterThan(inputs / 10);
  });

  it(`${inputs} inputs are answered rightly by a direct invoke, with a token or an error that bears the problem's name and no stack`, async () => {
    const desk = edgeDesk();
    const handler = lambdaHandler(directInvokeEdge, desk.service);
    const codes = await fuzz(
      inputs,
      async (dice, awsRequestId) => {
        const invokedFunctionArn = invokedArn(dice);
        const caller = invokedFunctionArn === `${FUNCTION_ARN}nightly` ? "nightly" : "nobody";
        const asked = invokeEvent(dice);
        try {
          const body = await handler(asked, lambdaContext({ awsRequestId, invokedFunctionArn }));
          return { text: JSON.stringify(body), body: { ...body }, issued: true, asked, caller };
        } catch (thrown) {
          const { name, message: text, stack } = thrown as Error;
          const body = JSON.parse(text) as Record<string, unknown>;
          const malformed = name === body.code && stack === "" ? undefined : `an error named ${name}`;
          return { text, body, issued: false, malformed, asked, caller };
        }
      },
      desk,
    );
    expect([...codes.keys()].sort()).toEqual([...CODES].sort());
    expect(codes.get("issued")).toBeGreaterThan(inputs / 20);
  });
}

function httpComplaint(status: number, headers: object, body: Answered["body"]): string | undefined {
  const { "content-type": type, "cache-control": cache, pragma, allow } = headers as Record<string, string>;
  if (`${type} ${cache} ${pragma}` !== "application/json no-store no-cache") return "a cache may keep it";
  if (status === 200) return undefined;
  if (PROBLEMS[body.code as ProblemCode]?.status !== status) return `the status is not that of ${body.code}`;
  return (allow === "POST") === (status === 405) ? undefined : "Allow belongs to 405";
}

/** The parts of an event that was granted, which has them all. */
interface GrantedEvent {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly isBase64Encoded: unknown;
}

/** As a naive server reads them; none where one of them is there twice. */
function membersOf(event: unknown): unknown {
  const { headers, body, isBase64Encoded } = event as GrantedEvent;
  const text = isBase64Encoded ? Buffer.from(body, "base64").toString() : body;
  if (headers["content-type"]?.toLowerCase().includes("json")) return JSON.parse(text.replace(/^\ufeff/, ""));
  const members = [...new URLSearchParams(text)];
  const asked = new Map(members);
  return asked.size === members.length ? Object.fromEntries(asked) : undefined;
}

function callerOf(event: unknown): keyof typeof MAY {
  const { requestContext } = (event ?? {}) as {
    requestContext?: { authorizer?: { iam?: { userArn?: unknown } } };
  };
  const session = requestContext?.authorizer?.iam?.userArn;
  if (typeof session !== "string" || !session.startsWith(REPORTS_SESSION)) return "nobody";
  return /^[^/]+$/.test(session.slice(REPORTS_SESSION.length)) ? "reports" : "nobody";
}
