import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Runs the README's start command in a fresh clone, pastes the variables and the first curl command that it prints,
 * then the README's snippets for curl and for Node, and ends it with Ctrl-C.
 */
const command = execFileSync("node", [".ci/readme-command.mjs", "start"], { encoding: "utf8" });
const clone = mkdtempSync(join(tmpdir(), "box-sts-"));
execFileSync("git", ["clone", "--quiet", ".", clone]);
const child = spawn("bash", ["-c", `exec bash -c '${command} -- --port 0'`], { cwd: clone, detached: true });
let output = "";
let settled = false;

child.stdout.on("data", (chunk) => {
  output += chunk;
  if (settled || !output.includes("Ctrl-C ends it")) return;
  settled = true;
  const commands = output.split("\n\n").map((text) => text.trim());
  const [variables, curl] = ["export ", "curl "].map((begin) =>
    commands.find((text) => text.startsWith(begin)),
  );
  const paste = (code) =>
    execFileSync("bash", ["-ec", `${variables}\n${code}`], { cwd: clone, encoding: "utf8" });
  for (const code of [curl, snippet("sh", "curl ")]) {
    const answer = JSON.parse(paste(code));
    if (typeof answer.access_token !== "string") fail(`this gave no token, but ${answer.code}:\n${code}`);
  }
  writeFileSync(join(clone, "snippet.mjs"), snippet("js", "import "));
  const login = paste("node snippet.mjs");
  if (!login.startsWith("AutomationUser_")) fail(`the README's snippet for Node printed ${login}`);
  process.kill(-child.pid, "SIGINT");
});
child.stderr.pipe(process.stderr);
child.on("exit", (code, signal) => {
  rmSync(clone, { recursive: true, force: true });
  if (!settled) fail(`it ended before it was ready (${code ?? signal})`);
  console.log(`ended with ${code ?? signal}`);
});

/** The README's first block in that language that begins so. */
function snippet(language, begin) {
  const blocks = readFileSync(join(clone, "README.md"), "utf8").split(`\`\`\`${language}\n`).slice(1);
  return blocks.map((text) => text.split("\n```")[0]).find((text) => text.startsWith(begin));
}

function fail(why) {
  console.error(`${command}: ${why}\n${output}`);
  process.exitCode = 1;
}
