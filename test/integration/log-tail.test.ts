import { readFileSync } from "node:fs";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { Caller } from "../../sandbox/sample/callers.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { leakIn, piecesOf, secretsOf } from "../support/leaks.ts";
import { loopbackServer } from "../support/loopback-server.ts";

/**
 * A caller that may invoke `token-invoke` may also read the end of its own invocation's log, with `LogType: Tail`. So what
 * the function writes while it serves a request is what that request's caller may know.
 */
let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
beforeEach(async () => {
  for (const faults of Object.values(sandbox.faults)) faults.clear();
  await sandbox.coldStart({ BOX_API_URL: sandbox.box.url });
});

interface Tail {
  readonly requestId: string;
  readonly text: string;
  /** The JSON lines. */
  readonly lines: readonly Readonly<Record<string, unknown>>[];
}

async function tailOf({ alias, ...credentials }: Caller, event: object = {}): Promise<Tail> {
  const { region, invokeUrl: endpoint } = sandbox;
  const client = new LambdaClient({ region, endpoint, credentials, maxAttempts: 1 });
  const Payload = Buffer.from(JSON.stringify(event));
  const input = { FunctionName: "token-invoke", Qualifier: alias, LogType: "Tail", Payload } as const;
  const { LogResult = "" } = await client.send(new InvokeCommand(input));
  const text = Buffer.from(LogResult, "base64").toString();
  const requestId = /^END RequestId: (\S+)$/m.exec(text)?.[1] ?? "none";
  const lines = text.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line)] : []));
  return { requestId, text, lines };
}

/** Fails if the tail has a secret, a token, an assertion, or a line of another request. */
function expectOwn({ requestId, text, lines }: Tail, known: ReadonlySet<string>): void {
  const tokens = piecesOf(...sandbox.box.tokens.all.keys());
  expect(leakIn(text, known, tokens)).toBe(-1);
  const ofRequests = lines.filter(({ kind }) => kind !== "log" && kind !== "authorization");
  expect(ofRequests.map(({ kind, request_id }) => [kind, request_id])).toEqual([
    ["audit", requestId],
    ["request", requestId],
  ]);
}

const secrets = () => piecesOf(...secretsOf(sandbox.apps.sandbox!));

test("the log tail of a denied caller has nothing of the callers before it in the same environment", async () => {
  const { everything, "one-folder": oneFolder, nothing } = sandbox.callers;
  const { managedUser, appUser } = sandbox.sample;
  const started = sandbox.functions.tokenInvoke.coldStarts;
  for (const { id } of [managedUser, appUser]) {
    expectOwn(await tailOf(everything!, { box_subject_type: "user", box_subject_id: id }), secrets());
  }
  expectOwn(await tailOf(oneFolder!), secrets());
  const denied = await tailOf(nothing!);
  expectOwn(denied, secrets());
  expect(denied.lines[0]).toMatchObject({ outcome: "denied", caller: "alias:nothing", statement: null });
  for (const other of [managedUser.id, appUser.id, "alias:everything", "one-folder"]) {
    expect(denied.text).not.toContain(other);
  }
  expect(sandbox.functions.tokenInvoke.coldStarts - started).toBe(1);
});

test.each(["rate-limited", "html-body", "skewed-clock", "unauthorized-app", "key-removed"] as const)(
  "the log tail has no secret while Box does this: %s",
  async (fault) => {
    sandbox.faults.box.inject(fault, { retryAfterSeconds: 600, ms: 1 });
    expectOwn(await tailOf(sandbox.callers.everything!, { scope: "item_download" }), secrets());
  },
);

test.each(["away", "access-denied"] as const)(
  "the log tail has no secret while Secrets Manager does this: %s",
  async (fault) => {
    sandbox.faults["secrets-manager"].inject(fault);
    expectOwn(await tailOf(sandbox.callers.everything!), secrets());
  },
);

test("the log tail has no secret where Box returns all that it was sent", async () => {
  const { url } = await loopbackServer(({ body, response }) => {
    const form = Object.fromEntries(new URLSearchParams(body));
    const error_description = `refused ${body} ${Object.values(form).join(" ")}`;
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: form.client_secret, error_description }));
  });
  await sandbox.coldStart({ BOX_API_URL: url });
  expectOwn(await tailOf(sandbox.callers.everything!), secrets());
});

test("docs/threat-model.md names every field that a log tail can have", async () => {
  const text = readFileSync(new URL("../../docs/threat-model.md", import.meta.url), "utf8");
  const [, section = ""] = text.split("## What a direct invoker can read");
  const documented = [...section.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const { everything, nothing } = sandbox.callers;
  const tails = [await tailOf(everything!, { scope: "item_download" }), await tailOf(nothing!)];
  sandbox.faults.box.inject("unauthorized-app");
  tails.push(await tailOf(everything!, { box_subject_type: "user", box_subject_id: "404" }));
  sandbox.faults.box.clear();
  sandbox.faults.box.inject("skewed-clock");
  await sandbox.coldStart();
  tails.push(await tailOf(everything!));
  const found = new Set(tails.flatMap(({ lines }) => lines.flatMap((line) => Object.keys(line))));
  expect(documented).toEqual(expect.arrayContaining([...found]));
});
