import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ROUTES } from "../../../../sandbox/box/api/routes.ts";
import { operationOf } from "../../../../sandbox/box/routes.ts";
import { type Box, startBox } from "../../../../sandbox/box/server.ts";
import { type Control, startControl } from "../../../../sandbox/control/listener.ts";
import { faultEventText } from "../../../../sandbox/faults/fault-text.ts";
import { faultsOf } from "../../../../sandbox/faults/faults.ts";
import type { HttpRequest } from "../../../../sandbox/http/server.ts";

let box: Box;
const faults = {
  "secrets-manager": faultsOf("secrets-manager"),
  dynamodb: faultsOf("dynamodb"),
  lambda: faultsOf("lambda"),
};
let control: Control;

beforeEach(async () => {
  box = await startBox();
  box.control.extend({ faults });
  control = await startControl(box);
});
afterEach(async () => {
  for (const place of Object.values(faults)) place.clear();
  await control.close();
  await box.close();
});

interface Sent {
  readonly method?: string;
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface ParsedResponse {
  readonly status: number;
  readonly body: { readonly error?: string; readonly faults?: readonly { readonly hits: number }[] };
}

/** `fetch` does not allow a test to write `Host` and `Origin`. */
function send({ method = "POST", form = "", headers = {} }: Sent = {}): Promise<ParsedResponse> {
  const authorization = `Bearer ${control.token}`;
  return new Promise((resolve, reject) => {
    const sending = request(
      control.url,
      { method, headers: { authorization, ...headers } },
      async (response) => {
        let text = "";
        for await (const chunk of response.setEncoding("utf8")) text += chunk;
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) });
      },
    );
    sending.once("error", reject).end(form);
  });
}

describe("faults at run time", () => {
  test("are injected by name, with setting, operation and number", async () => {
    await send({ form: "fault=rate-limited:7&times=2&on=token" });
    const { status, body } = await send({ form: "fault=secrets-manager/throttled" });
    expect(status).toBe(200);
    expect(body.faults).toEqual([
      { fault: "rate-limited", hits: 0, retryAfterSeconds: 7, times: 2, on: "token" },
      { fault: "secrets-manager/throttled", hits: 0 },
    ]);
    expect(box.faults.apply("token/jwt-bearer")).toMatchObject([{ retryAfterSeconds: 7 }]);
    expect((await send({ method: "GET" })).body.faults?.[0]?.hits).toBe(1);
  });

  test("end after the configured number of requests, or all at once", async () => {
    await send({ form: "fault=lambda/reset&times=1" });
    faults.lambda.apply("function-url");
    expect((await send({ method: "GET" })).body.faults).toEqual([]);
    await send({ form: "fault=slow" });
    expect((await send({ method: "DELETE" })).body.faults).toEqual([]);
  });

  test.each([
    ["fault=nothing", /^There is no fault "nothing"\. There are slow/],
    ["fault=slwo", /^There is no fault "slwo"\. Did you mean slow\? There are slow/],
    ["", /^The field fault is missing/],
    ["flt=slow", /^There is no field "flt"\. Did you mean fault\? There are fault, times, after, on\.$/],
    ["fault=slow&timse=2", /^There is no field "timse"\. Did you mean times\?/],
    ["fault=slow&on=foo", /^There is no operation "foo"\. There are token, token\/jwt-bearer/],
    ["fault=slow&on=tokn", /^There is no operation "tokn"\. Did you mean token\?/],
    ["fault=lambda/slow&on=token", /^There is no operation "token"\. There are function-url, invoke-api\.$/],
    ["fault=skewed-clock:1e9", /SECONDS of the fault skewed-clock is a whole number/],
    ["fault=reset&times=0", /times is how many requests/],
  ])("%j is refused with a sentence", async (form, sentence) => {
    const { status, body } = await send({ form });
    expect([status, body.error]).toEqual([400, expect.stringMatching(sentence)]);
  });
});

/** Every operation that a call of the API can have. */
const OF_THE_API = new Set(
  ROUTES.map(({ path }) => operationOf({ path, method: "GET" } as HttpRequest, new Map())),
);

test("every operation that the servers report can be named", async () => {
  for (const on of ["token/token-exchange", "token/jwt-bearer", "revoke", "api", ...OF_THE_API]) {
    expect((await send({ form: `fault=slow&on=${on}` })).status, on).toBe(200);
  }
  expect((await send({ form: "fault=secrets-manager/slow&on=GetSecretValue" })).status).toBe(200);
});

test("a fault is reported when it is set, when it affects a request, and when it has ended", async () => {
  const texts: string[] = [];
  box.faults.observe((event) => texts.push(faultEventText(event)));
  await send({ form: "fault=rate-limited:7&times=1&on=token" });
  box.faults.apply("api/users");
  box.faults.apply("token/jwt-bearer");
  await send({ form: "fault=slow:5" });
  await send({ method: "DELETE" });
  expect(texts).toEqual([
    "fault rate-limited:7 is set for one request of token",
    "fault rate-limited:7 affects token/jwt-bearer (1 of 1)",
    "fault rate-limited:7 has ended; requests affected: 1",
    "fault slow:5 is set for every request of any operation",
    "fault slow:5 has ended; requests affected: 0",
  ]);
});

describe("a web page cannot drive it", () => {
  test.each<[string, Sent, number]>([
    ["without the token", { headers: { authorization: "" } }, 401],
    ["with a wrong token", { headers: { authorization: "Bearer wrong" } }, 401],
    ["with an Origin", { headers: { origin: "https://evil.example" } }, 403],
    ["with Origin null", { headers: { origin: "null" } }, 403],
    ["by a name rebound to loopback", { headers: { host: "evil.example" } }, 403],
  ])("%s", async (_, sent, status) => {
    expect((await send({ form: "fault=slow", ...sent })).status).toBe(status);
    expect(box.faults.active).toEqual([]);
  });

  test("and no preflight is granted", async () => {
    expect((await send({ method: "OPTIONS" })).status).toBe(405);
  });
});
