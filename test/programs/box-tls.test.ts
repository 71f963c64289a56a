import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { requestToken } from "../support/token-client.ts";
import { needs } from "./needs.ts";

/** Box over TLS, for programs that bring their own TLS. */
const run = promisify(execFile);
let sandbox: Sandbox;
let token: string;
beforeAll(async () => {
  sandbox = await startSandbox();
  token = (await requestToken(sandbox, sandbox.callers.everything!)).body.access_token ?? "";
});
afterAll(() => sandbox.close());

test("curl --cacert trusts it", needs("curl 7.75"), async () => {
  const url = `${sandbox.box.tlsUrl}/2.0/users/me`;
  const { stdout } = await run("curl", [
    "-sS",
    "--cacert",
    sandbox.caPath,
    "-H",
    `Authorization: Bearer ${token}`,
    url,
  ]);
  expect(JSON.parse(stdout).id).toBe(sandbox.apps.sandbox?.box.serviceAccountId);
});

test("Python trusts it, by the strictest rules", needs("Python"), async () => {
  const program = `
import json, ssl, sys, urllib.request
context = ssl.create_default_context(cafile=sys.argv[1])
context.verify_flags |= ssl.VERIFY_X509_STRICT
request = urllib.request.Request(sys.argv[2], headers={"Authorization": "Bearer " + sys.argv[3]})
print(json.load(urllib.request.urlopen(request, context=context))["id"])`;
  const url = `${sandbox.box.tlsUrl}/2.0/users/me`;
  const { stdout } = await run("python3", ["-c", program, sandbox.caPath, url, token]);
  expect(stdout.trim()).toBe(sandbox.apps.sandbox?.box.serviceAccountId);
});
