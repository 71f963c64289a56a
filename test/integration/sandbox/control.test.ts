import { request } from "node:http";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Control, type FaultsByPlace, startControl } from "../../../sandbox/control.ts";
import { faultsOf } from "../../../sandbox/faults.ts";

let faults: FaultsByPlace;
let control: Control;

beforeEach(async () => {
  faults = {
    box: faultsOf("box"),
    "secrets-manager": faultsOf("secrets-manager"),
    lambda: faultsOf("lambda"),
  };
  control = await startControl(faults);
});
afterEach(() => control.close());

interface Sent {
  readonly method?: string;
  readonly form?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Answered {
  readonly status: number;
  readonly body: { readonly error?: string; readonly faults?: readonly { readonly hits: number }[] };
}

/** `fetch` would not let a test write `Host` and `Origin`. */
function send({ method = "POST", form = "", headers = {} }: Sent = {}): Promise<Answered> {
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
    expect(faults.box.strike("token/jwt-bearer")).toMatchObject([{ retryAfterSeconds: 7 }]);
    expect((await send({ method: "GET" })).body.faults?.[0]?.hits).toBe(1);
  });

  test("end when they have struck as often as asked, or all at once", async () => {
    await send({ form: "fault=lambda/reset&times=1" });
    faults.lambda.strike("function-url");
    expect((await send({ method: "GET" })).body.faults).toEqual([]);
    await send({ form: "fault=slow" });
    expect((await send({ method: "DELETE" })).body.faults).toEqual([]);
  });

  test.each([
    ["fault=nothing", /There is no fault "nothing"; there are slow/],
    ["", /There is no fault ""/],
    ["fault=skewed-clock:1e9", /SECONDS of the fault skewed-clock is a whole number/],
    ["fault=reset&times=0", /times is how many requests/],
  ])("%j is refused with a sentence", async (form, sentence) => {
    const { status, body } = await send({ form });
    expect([status, body.error]).toEqual([400, expect.stringMatching(sentence)]);
  });
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
    expect(faults.box.active).toEqual([]);
  });

  test("and no preflight is granted", async () => {
    expect((await send({ method: "OPTIONS" })).status).toBe(405);
  });
});
