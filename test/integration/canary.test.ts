import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { BoxFault } from "../../sandbox/box/conditions.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { everyNth } from "../support/samples.ts";
import { invoke, linesOfKind, requestToken, sendUrl } from "../support/token-client.ts";

/**
 * Security checklist 6: no secret in any byte that the functions write, return or throw, on any path. Tokens may
 ** be in the responses that issue them and nowhere else.
 */
let sandbox: Sandbox;
let echo: Server;
const printed: string[] = [];
const tokens: string[] = [];

beforeAll(async () => {
  sandbox = await startSandbox({
    apps: { ccg: { authentication: "client_credentials" } },
    sharedCache: true,
  });
  echo = await echoingBox();
});
afterAll(async () => {
  echo.close();
  await sandbox.close();
});

const everything = () => sandbox.callers.everything!;
const BOX_FAULTS: readonly BoxFault[] = [
  "rate-limited",
  "server-error",
  "reset",
  "reset-after",
  "truncated-json",
  "html-body",
  "skewed-clock",
  "unauthorized-app",
  "key-removed",
];

/** A Box that echoes everything it received, as a careless proxy or error page might. */
async function echoingBox(): Promise<Server> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request.setEncoding("utf8")) body += chunk;
    const form = Object.fromEntries(new URLSearchParams(body));
    const description = `refused ${body} ${Object.values(form).join(" ")}`;
    response.writeHead(400, { "content-type": "application/json" });
    response.end(JSON.stringify({ error: form.client_secret, error_description: description }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

async function exercise(): Promise<void> {
  const { sample } = sandbox;
  const requests: Record<string, string>[] = [
    { app: "sandbox" },
    { app: "sandbox", scope: "item_download" },
    {
      app: "sandbox",
      scope: "item_download",
      resource: `https://api.box.com/2.0/files/${sample.reportFile.id}`,
    },
    { app: "sandbox", box_subject_type: "user", box_subject_id: sample.managedUser.id },
    { app: "sandbox", box_subject_type: "user", box_subject_id: "404" },
    { app: "ccg" },
  ];
  for (const request of requests) {
    for (const caller of Object.values(sandbox.callers)) {
      const response = await requestToken(sandbox, caller, request);
      remember(response.body.access_token, response.text, inspect(response));
      const invoked = await invoke(sandbox, caller, request);
      remember(
        "token" in invoked ? invoked.token.access_token : undefined,
        JSON.stringify(invoked),
        inspect(invoked),
      );
    }
  }
}

/** Records a response, without the token where it issues one. */
function remember(token: string | undefined, ...texts: string[]): void {
  if (token !== undefined) tokens.push(token);

  printed.push(...texts.map((text) => (token === undefined ? text : text.replaceAll(token, ""))));
}

test("no secret is in anything that the functions write, return or throw", async () => {
  const secrets: string[] = [];
  const noteSecrets = () =>
    secrets.push(...Object.values(sandbox.apps).flatMap(({ config }) => secretsOf(config)));
  noteSecrets();
  await exercise();
  for (const fault of everyNth(BOX_FAULTS, 3)) {
    await sandbox.coldStart();
    sandbox.box.faults.inject(fault, { retryAfterSeconds: 600 });
    const response = await requestToken(sandbox, everything(), { app: "sandbox" });
    remember(response.body.access_token, response.text);
    sandbox.box.faults.clear();
  }
  await sandbox.coldStart();
  await exercise();
  await sandbox.rotateKey();
  noteSecrets();
  await exercise();
  const { port } = echo.address() as AddressInfo;
  await sandbox.coldStart({ BOX_API_URL: `http://127.0.0.1:${port}` });
  await exercise();
  await sandbox.coldStart({ BOX_API_URL: sandbox.box.url });
  await brokenSecrets();
  await misplace([...secrets.slice(0, 4), ...tokens.slice(0, 2)]);
  const body = `app=${secrets[0]}&scope=${encodeURIComponent(secrets[2] ?? "")}&passphrase=${secrets[1]}`;
  remember(undefined, (await sendUrl(sandbox, everything(), body)).text);

  const output = [...printed, ...sandbox.functionLines()].join("\n");
  expect(output).toContain('"kind":"audit"');
  const revocations = linesOfKind(sandbox, "audit").filter(({ action }) => action === "revoke");
  expect(new Set(revocations.map(({ effect }) => effect))).toEqual(new Set(["evicted", "unknown_token"]));
  expect(tokens.length).toBeGreaterThan(10);
  for (const secret of [...secrets, ...tokens]) {
    expect(output.includes(secret), `a secret of ${secret.length}characters was printed`).toBe(false);
  }
  expect(output).not.toMatch(/eyJ[A-Za-z0-9_-]{20,}\./);
  expect(output).not.toMatch(/\n\s+at .*\(/);
});

/** Callers that send a secret or a token instead of another parameter, or to be revoked. */
async function misplace(misplaced: readonly string[]): Promise<void> {
  for (const secret of misplaced) {
    const forms = [
      { app: secret },
      { app: "sandbox", scope: secret },
      { app: "sandbox", box_subject_id: secret },
    ];
    for (const form of forms) {
      remember(undefined, (await requestToken(sandbox, everything(), form)).text);
      remember(undefined, JSON.stringify(await invoke(sandbox, everything(), form)));
    }
    const body = new URLSearchParams({ token: secret }).toString();
    remember(undefined, (await sendUrl(sandbox, everything(), body, { path: "/oauth2/revoke" })).text);
    remember(undefined, JSON.stringify(await invoke(sandbox, everything(), { token: secret })));
  }
}

/** Secrets that are damaged in ways whose diagnosis might quote them. */
async function brokenSecrets(): Promise<void> {
  const { config, secretName } = sandbox.apps.sandbox!;
  const good = JSON.stringify(config);
  const { passphrase, privateKey } = config.boxAppSettings.appAuth;
  const broken = [
    good.slice(0, -20),
    good.replace(passphrase, `${passphrase}x`),
    good.replace(privateKey.slice(100, 160), ""),
    good.replace('"enterpriseID"', `"${passphrase}"`),
    JSON.stringify({ ...config, enterpriseID: passphrase }),
    JSON.stringify({ ...config, [passphrase]: passphrase }),
    `${passphrase}${good}`,
  ];
  for (const secret of broken) {
    sandbox.secretsManager.put(secretName, secret);
    await sandbox.coldStart();
    const response = await requestToken(sandbox, everything(), { app: "sandbox" });
    remember(response.body.access_token, response.text);
  }
  sandbox.secretsManager.put(secretName, good);
}

/** The secret values of a config, and pieces of its key wherever it might be cut. */
function secretsOf({ boxAppSettings }: { boxAppSettings: Record<string, unknown> }): string[] {
  const { clientSecret, appAuth } = boxAppSettings as {
    clientSecret: string;
    appAuth: { passphrase: string; privateKey: string };
  };
  const keyLines = appAuth.privateKey.split("\n").filter((line) => line.length >= 40);
  return [clientSecret, appAuth.passphrase, ...keyLines.slice(1).map((line) => line.slice(0, 24))].filter(
    Boolean,
  );
}
