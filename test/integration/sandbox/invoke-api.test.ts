import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIdentity } from "../../../sandbox/aws/identities.ts";
import type { Listener } from "../../../sandbox/http/server.ts";
import type { FrontEvent } from "../../../sandbox/lambda/front-faults.ts";
import type { HostedFunction } from "../../../sandbox/lambda/hosted-function.ts";
import { startInvokeApi } from "../../../sandbox/lambda/invoke-api.ts";
import { newCaller } from "../../../sandbox/sample/callers.ts";
import { deployedGrants } from "../../../sandbox/sample/grants.ts";
import { type Bundles, bundles, holder, VERSATILE } from "./fixture-functions.ts";
import { signedFetch } from "./signed-fetch.ts";

const region = "us-east-1";
const [reports, other] = [newCaller("reports"), newCaller("other")];
const operator = newIdentity("operator");
const gone = newCaller("gone");
const ARN = "arn:aws:lambda:us-east-1:123456789012:function";
let all: Bundles;
let api: Listener;
let invoked: HostedFunction;
const events: FrontEvent[] = [];

beforeAll(async () => {
  all = await bundles();
  invoked = await all.host("token-invoke", VERSATILE, { aliases: ["reports", "other", "nobodys"] });
  const url = await all.host("token-url", VERSATILE);
  const narrow = await all.host("narrow", VERSATILE, {
    aliases: ["reports"],
    scaling: { reservedConcurrency: 1 },
  });
  const grants = [
    ...deployedGrants(region, {
      callers: [reports, other, gone],
      functionRole: newIdentity("function"),
      operator,
      secretNames: [],
    }),
    {
      effect: "allow",
      principal: reports.roleArn,
      action: "lambda:InvokeFunction",
      resource: `${ARN}:narrow:reports`,
    } as const,
  ];
  api = await startInvokeApi([url, invoked, narrow], {
    onEvent: (event) => void events.push(event),
    region,
    identities: [reports, other, gone, operator],
    grants,
  });
});
afterAll(async () => {
  await api.close();
  await all[Symbol.asyncDispose]();
});

test("a name that is not percent-encoded UTF-8 is no function's", async () => {
  const url = `${api.url}/2015-03-31/functions/%ff/invocations`;
  const response = await signedFetch(url, operator, { region, method: "POST", body: "{}" });
  expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
});

type Input = Partial<InvokeCommandInput>;

function invoke(credentials: typeof operator, input: Input) {
  const client = new LambdaClient({ region, endpoint: api.url, credentials, maxAttempts: 1 });
  return client.send(
    new InvokeCommand({ FunctionName: "token-invoke", Payload: Buffer.from("{}"), ...input }),
  );
}

const json = (payload: Uint8Array | undefined) => JSON.parse(Buffer.from(payload ?? []).toString());

test("a caller invokes its own alias, named in each of Lambda's forms", async () => {
  const Payload = Buffer.from('{"do":"context"}');
  for (const input of [
    { Qualifier: "reports" },
    { FunctionName: "token-invoke:reports" },
    { FunctionName: `${ARN}:token-invoke:reports` },
    { FunctionName: `${ARN}:token-invoke`, Qualifier: "reports" },
    { FunctionName: "123456789012:function:token-invoke:reports" },
  ]) {
    const response = await invoke(reports, { ...input, Payload });
    expect(response.StatusCode).toBe(200);
    expect(response.ExecutedVersion).toBe("1");
    expect(response.FunctionError).toBeUndefined();
    expect(json(response.Payload).invokedFunctionArn).toBe(`${ARN}:token-invoke:reports`);
  }
});

test("a thrown error comes as a function error with the payload of Lambda's runtime", async () => {
  const Payload = Buffer.from('{"do":"throw","name":"unauthorized_client","message":"{}","stack":""}');
  const response = await invoke(reports, { Qualifier: "reports", Payload });
  expect(response.StatusCode).toBe(200);
  expect(response.FunctionError).toBe("Unhandled");
  expect(json(response.Payload)).toEqual({
    errorType: "unauthorized_client",
    errorMessage: "{}",
    trace: [""],
  });
});

const UNALLOWED = "because no identity-based policy allows the lambda:InvokeFunction action";
const DENIED = "with an explicit deny in a resource-based policy";

test.each<[string, Input, string, string]>([
  ["another caller's alias", { Qualifier: "other" }, ":token-invoke:other", DENIED],
  ["an alias without a grant", { Qualifier: "nobodys" }, ":token-invoke:nobodys", UNALLOWED],
  ["the unqualified function", {}, ":token-invoke", DENIED],
  ["$LATEST", { Qualifier: "$LATEST" }, ":token-invoke:$LATEST", UNALLOWED],
  ["a version", { Qualifier: "1" }, ":token-invoke:1", UNALLOWED],
  ["a function that does not exist", { FunctionName: "nothing" }, ":nothing", UNALLOWED],
])("IAM refuses %s", async (_what, input, resource, because) => {
  await expect(invoke(reports, input)).rejects.toMatchObject({
    name: "AccessDeniedException",
    message: `User: ${reports.sessionArn} is not authorized to perform: lambda:InvokeFunction on resource: ${ARN}${resource} ${because}`,
    $metadata: { httpStatusCode: 403 },
  });
});

test("IAM denies an administrator token-url, token-invoke and each caller's alias", async () => {
  const names = [
    "token-url",
    `${ARN}:token-url`,
    "token-invoke",
    "token-invoke:reports",
    "token-invoke:other",
  ];
  for (const FunctionName of names) {
    await expect(invoke(operator, { FunctionName })).rejects.toMatchObject({
      name: "AccessDeniedException",
      message: expect.stringMatching(/with an explicit deny in a resource-based policy$/),
    });
  }
});

test("IAM allows an administrator to invoke $LATEST, which has no policy of its own", async () => {
  for (const FunctionName of ["token-url:$LATEST", "token-invoke:$LATEST"]) {
    expect((await invoke(operator, { FunctionName })).StatusCode).toBe(200);
  }
});

test("a caller whose grant covers a missing function gets ResourceNotFoundException", async () => {
  await expect(invoke(operator, { FunctionName: "nothing" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Function not found: ${ARN}:nothing`,
  });
  await expect(invoke(gone, { Qualifier: "gone" })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: `Cannot find alias arn: ${ARN}:token-invoke:gone`,
  });
});

test("the live log names the function or alias that was probably meant, and the response stays AWS's own", async () => {
  const reasonOf = async (credentials: typeof operator, input: Input) => {
    const error = await invoke(credentials, input).catch((thrown: Error) => thrown);
    expect((error as Error).message).not.toContain("Did you mean");
    return events.at(-1)?.reason;
  };
  expect(await reasonOf(operator, { FunctionName: "token-invok" })).toBe(
    `Function not found: ${ARN}:token-invok. Did you mean token-invoke?`,
  );
  expect(await reasonOf(reports, { Qualifier: "reprots" })).toMatch(
    /not authorized to perform: lambda:InvokeFunction .*\. Did you mean reports\?$/,
  );
  expect(await reasonOf(operator, { FunctionName: "payroll" })).toBe(`Function not found: ${ARN}:payroll`);
});

test("a function of another region is not reachable", async () => {
  const FunctionName = "arn:aws:lambda:eu-west-1:123456789012:function:token-invoke:reports";
  await expect(invoke(reports, { FunctionName })).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    message: "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')",
    $metadata: { httpStatusCode: 404 },
  });
});

test("a qualifier must not contradict the name", async () => {
  const input = { FunctionName: "token-invoke:reports", Qualifier: "other" };
  await expect(invoke(reports, input)).rejects.toMatchObject({ name: "InvalidParameterValueException" });
});

test("a dry run only checks IAM, an event is accepted and run", async () => {
  const Qualifier = "reports";
  const dry = await invoke(reports, { Qualifier, InvocationType: "DryRun" });
  expect(dry.StatusCode).toBe(204);
  const Payload = Buffer.from('{"do":"print","text":"run later"}');
  const accepted = await invoke(reports, { Qualifier, InvocationType: "Event", Payload });
  expect(accepted.StatusCode).toBe(202);
  await expect.poll(() => invoked.lines.includes("run later")).toBe(true);
});

test("a function whose reserved concurrency is in use throttles as Lambda does", async () => {
  await using gate = await holder();
  const held = invoke(reports, {
    FunctionName: "narrow:reports",
    Payload: Buffer.from(JSON.stringify({ do: "hold", port: gate.port })),
  });
  await gate.held(1);
  await expect(invoke(reports, { FunctionName: "narrow:reports" })).rejects.toMatchObject({
    name: "TooManyRequestsException",
    Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    $metadata: { httpStatusCode: 429 },
  });
  expect(events.at(-1)).toMatchObject({ front: "invoke-api", status: 429, caller: "reports" });
  gate.release();
  expect((await held).StatusCode).toBe(200);
});

describe("with LogType Tail", () => {
  const tailOf = async (event: object) => {
    const Payload = Buffer.from(JSON.stringify(event));
    const { LogResult = "" } = await invoke(reports, { Qualifier: "reports", LogType: "Tail", Payload });
    return Buffer.from(LogResult, "base64").toString();
  };

  test("the response has the invocation's log between Lambda's own lines", async () => {
    const [start, line, end, report, ...rest] = (await tailOf({ do: "print", text: "mine" })).split("\n");
    const id = /^START RequestId: (\S+) Version: 1$/.exec(start ?? "")?.[1];
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect([line, end, rest]).toEqual(["mine", `END RequestId: ${id}`, [""]]);
    expect(report).toMatch(new RegExp(`^REPORT RequestId: ${id}\tDuration: [0-9.]+ ms\t`));
  });

  test("it has the last 4 KB of it", async () => {
    const tail = await tailOf({ do: "print", text: `${"x".repeat(5_000)}y` });
    expect(Buffer.byteLength(tail)).toBe(4_096);
    expect(tail).toMatch(/^x+y\nEND RequestId: /);
  });

  test("it has the error that the function threw", async () => {
    expect(await tailOf({ do: "throw", name: "refused", message: "why", stack: "" })).toMatch(
      /\tERROR\tInvoke Error \t.*"refused".*"why"/,
    );
  });

  test("it is not sent unless it is requested, and not for an event", async () => {
    const Payload = Buffer.from('{"do":"print","text":"mine"}');
    const plain = await invoke(reports, { Qualifier: "reports", Payload });
    const none = await invoke(reports, { Qualifier: "reports", LogType: "None", Payload });
    const event = { InvocationType: "Event", LogType: "Tail" } as const;
    const later = await invoke(reports, { Qualifier: "reports", ...event, Payload });
    expect([plain.LogResult, none.LogResult, later.LogResult]).toEqual([undefined, undefined, undefined]);
  });

  test("another log type is refused", async () => {
    const response = await raw(OWN, { headers: { "X-Amz-Log-Type": "All" } });
    expect(response.headers.get("x-amzn-errortype")).toBe("InvalidParameterValueException");
  });
});

const raw = (path: string, init: object = {}) =>
  signedFetch(`${api.url}${path}`, reports, { method: "POST", body: "{}", ...init });
const OWN = "/2015-03-31/functions/token-invoke/invocations?Qualifier=reports";

test("an unknown invocation type is refused", async () => {
  const response = await raw(OWN, { headers: { "X-Amz-Invocation-Type": "Sometimes" } });
  expect(response.status).toBe(400);
  expect(response.headers.get("x-amzn-errortype")).toBe("InvalidParameterValueException");
});

test("a payload must be JSON and at most 6 MB", async () => {
  expect((await raw(OWN, { body: "{no" })).headers.get("x-amzn-errortype")).toBe(
    "InvalidRequestContentException",
  );
  const large = await raw(OWN, { body: JSON.stringify("x".repeat(6 * 1024 * 1024)) });
  expect(large.status).toBe(413);
  expect(await large.json()).toMatchObject({
    Message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
  });
});

test("the payload of an event is at most 1 MiB", async () => {
  const event = (bytes: number) =>
    invoke(reports, {
      Qualifier: "reports",
      InvocationType: "Event",
      Payload: JSON.stringify("x".repeat(bytes - 2)),
    });
  expect((await event(1_048_576)).StatusCode).toBe(202);
  await expect(event(1_048_577)).rejects.toMatchObject({
    name: "RequestTooLargeException",
    message: "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    $metadata: { httpStatusCode: 413 },
  });
});

test("a result above Lambda's limit is a function error", async () => {
  const Payload = JSON.stringify({ do: "repeat", text: "x", times: 6_291_555 });
  const response = await invoke(reports, { Qualifier: "reports", Payload });
  expect(response.FunctionError).toBe("Unhandled");
  expect(json(response.Payload)).toMatchObject({ errorType: "Function.ResponseSizeTooLarge" });
});

describe("an event that is nested 100,000 levels deep", () => {
  const DEPTH = 100_000;
  const nested = (action: string) => `{"do":"${action}","value":${"[".repeat(DEPTH)}[]${"]".repeat(DEPTH)}}`;

  test("reaches the function", async () => {
    const { FunctionError, Payload } = await invoke(reports, {
      ...{ Qualifier: "reports", Payload: nested("depth") },
    });
    expect([FunctionError, json(Payload)]).toEqual([undefined, DEPTH]);
  });

  test("reaches the function asynchronously too", async () => {
    const event = {
      Qualifier: "reports",
      InvocationType: "Event",
      Payload: nested("fail-and-print"),
    } as const;
    const before = invoked.lines.length;
    expect((await invoke(reports, event)).StatusCode).toBe(202);
    await expect.poll(() => invoked.lines.slice(before).join()).toContain("attempt ");
  });

  test("is a function error where the function returns it", async () => {
    const { FunctionError, Payload } = await invoke(reports, {
      ...{ Qualifier: "reports", Payload: nested("return") },
    });
    expect(FunctionError).toBe("Unhandled");
    expect(json(Payload)).toMatchObject({ errorType: "Runtime.MarshalError" });
  });
});

test("no payload is an empty event", async () => {
  expect(json((await invoke(reports, { Qualifier: "reports", Payload: Buffer.alloc(0) })).Payload)).toEqual(
    {},
  );
});

test("a signature is needed, and must be right", async () => {
  const unsigned = await fetch(`${api.url}${OWN}`, { method: "POST", body: "{}" });
  expect(unsigned.status).toBe(403);
  expect(unsigned.headers.get("x-amzn-errortype")).toBe("MissingAuthenticationTokenException");
  const forged = { ...reports, secretAccessKey: "wrong" };
  await expect(invoke(forged, { Qualifier: "reports" })).rejects.toMatchObject({
    name: "InvalidSignatureException",
  });
  await expect(invoke(newIdentity("stranger"), {})).rejects.toMatchObject({
    name: "UnrecognizedClientException",
  });
});

test("other paths of the Lambda API are not there", async () => {
  expect((await raw("/2015-03-31/functions")).status).toBe(404);
});
