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
const child = spawn("bash", ["--norc", "-c", `exec bash -c '${command} -- --port 0'`], {
  cwd: clone,
  detached: true,
});
/** Packages that take no Node 20, which a machine may have; the scripts run them with Node 24. */
const NEED_A_NEWER_NODE = ["vitest"];
const LARGEST_INSTALLATION_MB = 500;
let output = "";
let complaints = "";
let settled = false;

child.stdout.on("data", (chunk) => {
  output += chunk;
  if (settled || !output.includes("Ctrl-C ends it")) return;
  settled = true;
  inspectInstallation();
  const commands = output.split("\n\n").map((text) => text.trim());
  const [variables, curl] = ["export ", "curl "].map((begin) =>
    commands.find((text) => text.startsWith(begin)),
  );
  const paste = (code) =>
    execFileSync("bash", ["--norc", "-ec", `${variables}\n${code}`], { cwd: clone, encoding: "utf8" });
  for (const code of [curl, snippet("sh", "curl ")]) {
    const response = JSON.parse(paste(code));
    if (typeof response.access_token !== "string") fail(`this gave no token, but ${response.code}:\n${code}`);
  }
  writeFileSync(join(clone, "snippet.mjs"), snippet("js", "import "));
  const login = paste("node snippet.mjs");
  if (!login.startsWith("AutomationUser_")) fail(`the README's snippet for Node printed ${login}`);
  process.kill(-child.pid, "SIGINT");
});
child.stderr.on("data", (chunk) => {
  complaints += chunk;
  process.stderr.write(chunk);
});
child.on("exit", (code, signal) => {
  rmSync(clone, { recursive: true, force: true });
  if (!settled) fail(`it ended before it was ready (${code ?? signal})`);
  console.log(`ended with ${code ?? signal}`);
});

/** What `npm ci` left on the disk, and what it warned of. */
function inspectInstallation() {
  const du = execFileSync("du", ["-sm", join(clone, "node_modules")], { encoding: "utf8" });
  const megabytes = Number.parseInt(du, 10);
  if (!(megabytes < LARGEST_INSTALLATION_MB)) fail(`node_modules takes ${megabytes} MB`);
  for (const [, name] of complaints.matchAll(/EBADENGINE\s+package: '(.+)@[^@]+'/g)) {
    if (!NEED_A_NEWER_NODE.includes(name)) fail(`npm ci warned that ${name} does not take this Node`);
  }
}

/** The README's first block in that language that begins so. */
function snippet(language, begin) {
  const blocks = readFileSync(join(clone, "README.md"), "utf8").split(`\`\`\`${language}\n`).slice(1);
  return blocks.map((text) => text.split("\n```")[0]).find((text) => text.startsWith(begin));
}

function fail(why) {
  console.error(`${command}: ${why}\n${output}`);
  process.exitCode = 1;
}
