import { readFile } from "node:fs/promises";
import { get } from "node:https";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { requestToken } from "../../support/token-client.ts";

let sandbox: Sandbox;
let token: string;
let ca: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  ca = await readFile(sandbox.caPath, "utf8");
  token = (await requestToken(sandbox, sandbox.callers.everything!)).body.access_token ?? "";
});
afterAll(() => sandbox.close());

const serviceAccount = () => sandbox.apps.sandbox?.box.serviceAccountId;

/** One GET with the token. */
function read(url: string, trusted?: string): Promise<{ status: number; location: string; text: string }> {
  const headers = { authorization: `Bearer ${token}` };
  return new Promise((resolve, reject) => {
    get(url, { headers, ...(trusted === undefined ? {} : { ca: trusted }) }, async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode ?? 0, location: response.headers.location ?? "", text });
    }).once("error", reject);
  });
}

test("Box over TLS is the same Box, by address and by name", async () => {
  const { port } = new URL(sandbox.box.tlsUrl!);
  for (const host of ["127.0.0.1", "localhost"]) {
    const { status, text } = await read(`https://${host}:${port}/2.0/users/me`, ca);
    expect([status, JSON.parse(text).id]).toEqual([200, serviceAccount()]);
  }
});

test("who does not trust the sandbox's authority is not served", async () => {
  await expect(read(`${sandbox.box.tlsUrl}/2.0/users/me`)).rejects.toThrow(/unable to|self-signed|verify/);
});

test("a download stays on TLS", async () => {
  const { status, location } = await read(
    `${sandbox.box.tlsUrl}/2.0/files/${sandbox.sample.reportFile.id}/content`,
    ca,
  );
  expect(status).toBe(302);
  expect(location.startsWith(`${sandbox.box.tlsUrl}/dl/`)).toBe(true);
  expect((await read(location, ca)).text).toBe("This is summary.txt.\n");
});
