import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs the README's start command in a fresh clone, pastes the first curl line that it prints (or, without curl,
 * waits for the ready line), and ends it with Ctrl-C.
 */
const command = execFileSync("node", [".ci/readme-command.mjs", "start"], { encoding: "utf8" });
const clone = mkdtempSync(join(tmpdir(), "box-sts-"));
execFileSync("git", ["clone", "--quiet", ".", clone]);
const child = spawn("bash", ["-c", `exec bash -c '${command} -- --port 0'`], { cwd: clone, detached: true });
let output = "";
let settled = false;

child.stdout.on("data", (chunk) => {
  output += chunk;
  const line = output
    .split("\n")
    .find((text) => text.trim().startsWith("curl ") && output.includes(`${text}\n`));
  if (settled || line === undefined) return;
  settled = true;
  const answer = JSON.parse(execFileSync("bash", ["-c", line.trim()], { encoding: "utf8" }));
  if (typeof answer.access_token !== "string") fail(`the printed curl line gave no token: ${answer.code}`);
  process.kill(-child.pid, "SIGINT");
});
child.stderr.pipe(process.stderr);
child.on("exit", (code, signal) => {
  rmSync(clone, { recursive: true, force: true });
  if (!settled) fail(`it ended before it was ready (${code ?? signal})`);
  console.log(`ended with ${code ?? signal}`);
});

function fail(why) {
  console.error(`${command}: ${why}\n${output}`);
  process.exitCode = 1;
}
