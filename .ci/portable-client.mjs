import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * `node .ci/portable-client.mjs PACKAGE.tgz`: installs the packed package without a network, as a program that uses it
 * does, and gets tokens with its client on this machine's own Node: as an ES module and as CommonJS, by Function URL
 * and by direct invoke, from a function on loopback. Loads everything that the command and the sandbox import, too. Runs on every Node and system of `.github/workflows/ci.yml`.
 */
const [tarball] = process.argv.slice(2);
assert.ok(tarball, "Name the packed package: node .ci/portable-client.mjs PACKAGE.tgz");
const consumer = mkdtempSync(join(tmpdir(), "box-sts-client-"));
const TOKEN = { access_token: "a".repeat(32), token_type: "bearer", expires_in: 3000 };
const REFUSAL = {
  error: "unauthorized_client",
  error_description: "The policy does not allow this.",
  code: "unauthorized_client",
  retryable: false,
  request_id: "1",
};
const received = [];
/** What does something when it is imported. */
const EFFECTS = ["main.mjs", "helper.mjs", "runner.mjs"];

/** Responds as `token-url` and Lambda's Invoke API do, and refuses the app `other`. */
const server = createServer(async (request, response) => {
  const chunks = await request.toArray();
  const body = Buffer.concat(chunks).toString();
  received.push({ path: request.url, headers: request.headers, body });
  const isInvoke = request.url.startsWith("/2015-03-31/");
  const app = isInvoke ? JSON.parse(body).app : new URLSearchParams(body).get("app");
  const isRefused = app === "other";
  const refusal = isInvoke
    ? { errorType: REFUSAL.code, errorMessage: JSON.stringify(REFUSAL), trace: [] }
    : REFUSAL;
  response.writeHead(isRefused && !isInvoke ? 403 : 200, {
    "content-type": "application/json",
    ...(isRefused && isInvoke && { "x-amz-function-error": "Unhandled" }),
  });
  response.end(JSON.stringify(isRefused ? refusal : TOKEN));
});

try {
  writeFileSync(join(consumer, "package.json"), '{"private":true}');
  // npm is a script without an extension, or a `.cmd` on Windows.
  const install = ["npm", "install", "--offline", "--cache", join(consumer, "cache"), "--ignore-scripts"];
  const quoted = [...install, "--no-audit", "--no-fund", resolve(tarball)].map((word) => `"${word}"`);
  execFileSync(quoted.join(" "), { cwd: consumer, stdio: "inherit", shell: true });
  const manifest = join(consumer, "node_modules/box-sts/package.json");
  const { exports: places, bin } = JSON.parse(readFileSync(manifest, "utf8"));
  const inPackage = (path) => join(consumer, "node_modules/box-sts", path);
  const modules = {
    "ES module": await import(pathToFileURL(inPackage(places["./client"].import.default))),
    CommonJS: createRequire(manifest)(inPackage(places["./client"].require.default)),
  };

  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" };
  const common = { region: "eu-central-1", credentials };
  const targets = {
    "Function URL": { ...common, url: `${origin}/` },
    "direct invoke": { ...common, functionName: "token-invoke", alias: "reports", endpoint: origin },
  };
  for (const [kind, { boxAuth, BoxStsError }] of Object.entries(modules))
    for (const [target, options] of Object.entries(targets)) {
      received.length = 0;
      const auth = boxAuth({ ...options, app: "reports" });
      const tokens = await Promise.all([auth.retrieveToken(), auth.retrieveToken()]);
      for (const { accessToken, tokenType } of tokens)
        assert.deepEqual([accessToken, tokenType], [TOKEN.access_token, "bearer"], `${kind}, ${target}`);
      assert.equal(await auth.retrieveAuthorizationHeader(), `Bearer ${TOKEN.access_token}`);
      assert.equal(received.length, 1, `${kind}, ${target}: concurrent calls share one request`);
      const [{ headers, body }] = received;
      assert.match(
        headers.authorization,
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-central-1\/lambda\//,
      );
      const sha256 = createHash("sha256").update(body).digest("hex");
      assert.equal(headers["x-amz-content-sha256"] ?? sha256, sha256, `${kind}, ${target}: the signed body`);
      await assert.rejects(boxAuth({ ...options, app: "other" }).retrieveToken(), (error) => {
        assert.ok(error instanceof BoxStsError, `${kind}, ${target}: ${error}`);
        assert.equal(error.code, "unauthorized_client");
        return true;
      });
    }
  // Node links a module only where it has everything that the module imports.
  for (const file of readdirSync(inPackage("dist/cli")))
    if (file.endsWith(".mjs") && !EFFECTS.includes(file))
      await import(pathToFileURL(inPackage(join("dist/cli", file))));
  await import(pathToFileURL(inPackage(places["./sandbox"].import.default)));
  createRequire(manifest)(inPackage(places["./sandbox"].require.default));
  const help = execFileSync(process.execPath, [inPackage(bin["box-config-lint"]), "--help"], {
    encoding: "utf8",
  });
  assert.match(help, /box-config-lint/);
  console.log(`box-sts/client works on Node ${process.version}, ${process.platform}.`);
} finally {
  server.close();
  rmSync(consumer, { recursive: true, force: true });
}
