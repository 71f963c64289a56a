import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * The committed command `box-config-lint` on this machine's own Node and Git, without npm: what a pre-commit hook runs.
 * It must find a key in the work tree, in the index and in the history, by the same path on every system, report nothing
 * in a repository without one, and end `git commit` where a hook executes it. Runs on every Node and system of `.github/workflows/ci.yml`.
 */
const CLI = fileURLToPath(new URL("../action/dist/cli.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "box-sts-portable-"));
const IDENTITY = ["-c", "user.name=A", "-c", "user.email=a@example.com"];
const git = (...args) => execFileSync("git", [...IDENTITY, ...args], { cwd: folder, encoding: "utf8" });
const lint = (...args) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, "--format", "json", ...args], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.ok(status === 0 || status === 1, `exit status ${status}: ${stderr}`);
  return { status, paths: JSON.parse(stdout).findings.map(({ path }) => path) };
};

try {
  git("init", "--quiet", "--initial-branch=main");
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config", "public.pem"), publicKey);
  git("add", ".");
  git("commit", "--quiet", "--message", "public key");
  const found = { status: 1, paths: ["config/app.json"] };
  const clean = { status: 0, paths: [] };
  assert.deepEqual(lint("."), clean, "a public key is not a finding");
  writeFileSync(join(folder, "config", "app.json"), JSON.stringify({ key: privateKey }));
  assert.deepEqual(lint(), found, "a key in the work tree is found");
  assert.deepEqual(lint("--staged"), clean, "an unstaged key is not in the next commit");
  git("add", ".");
  assert.deepEqual(lint("--staged"), found, "a key in the index is found");
  installHook();
  const refused = spawnSync("git", [...IDENTITY, "commit", "--message", "key"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.notEqual(refused.status, 0, "the hook refuses the commit of a key");
  assert.match(refused.stdout + refused.stderr, /config\/app\.json/, "the hook names the file of the key");
  git("commit", "--quiet", "--no-verify", "--message", "key");
  git("rm", "--quiet", "config/app.json");
  git("commit", "--quiet", "--message", "remove the key");
  assert.deepEqual(lint("--staged"), clean, "the next commit has no key");
  assert.deepEqual(lint("--history"), found, "a removed key is found in the history");
  assert.deepEqual(
    lint("--range", "HEAD~2..HEAD"),
    found,
    "a key that came and went within a range is found",
  );
  console.log(`box-config-lint works on Node ${process.version}, ${process.platform}.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** As pre-commit runs the entry of `.pre-commit-hooks.yaml`: the file itself, whose first line names Node. */
function installHook() {
  const hooks = join(folder, ".git", "hooks");
  mkdirSync(hooks, { recursive: true });
  const hook = join(hooks, "pre-commit");
  writeFileSync(hook, `#!/bin/sh\nexec "${CLI.replaceAll("\\", "/")}" --staged\n`);
  chmodSync(hook, 0o755);
}
