import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * What a consumer gets: packs the package in a clone in which nothing is built, installs it into an empty project
 * without a network, and inspects it.
 */
const LARGEST_INSTALLATION_MB = 60;
const consumer = mkdtempSync(join(tmpdir(), "box-sts-consumer-"));
try {
  const clone = join(consumer, "clone");
  execFileSync("git", ["clone", "--quiet", ".", clone]);
  symlinkSync(resolve("node_modules"), join(clone, "node_modules"));
  const pack = ["pack", "--silent", "--no-ignore-scripts", "--pack-destination", consumer];
  execFileSync("npm", pack, { cwd: clone, encoding: "utf8" });
  const [filename] = readdirSync(consumer).filter((name) => name.endsWith(".tgz"));
  writeFileSync(join(consumer, "package.json"), '{"private":true}');
  const install = [
    "install",
    "--offline",
    // What this machine's cache knows of the peers would decide whether npm installs.
    "--cache",
    join(consumer, "cache"),
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    join(consumer, filename),
  ];
  execFileSync("npm", install, { cwd: consumer, stdio: "inherit" });
  const modules = join(consumer, "node_modules");
  must(!existsSync(join(modules, ".bin", "node")), "it brings a node binary");
  must(
    readdirSync(modules)
      .filter((name) => !name.startsWith("."))
      .join() === "box-sts",
    "it brings dependencies",
  );
  for (const file of [
    "dist/functions/token-url/index.mjs",
    "dist/functions/token-invoke/index.mjs",
    "dist/functions/health/index.mjs",
    "dist/cli/main.mjs",
    "dist/cli/runner.mjs",
    "dist/sandbox/index.js",
    "dist/sandbox/index.cjs",
    "dist/types/sandbox/index.d.ts",
    "dist/types-commonjs/sandbox/index.d.ts",
    "dist/infra/index.js",
    "dist/infra/index.cjs",
    "dist/types-commonjs/infra/index.d.ts",
    "dist/types-commonjs/client/index.d.ts",
    "dist/types-commonjs/package.json",
    "dist/types/infra/index.d.ts",
    "dist/types/client/index.d.ts",
    "schemas/box-config.schema.json",
    "schemas/deploy.schema.json",
    "schemas/policy.schema.json",
    "LICENSE",
  ]) {
    must(existsSync(join(modules, "box-sts", file)), `it lacks ${file}`);
  }
  const refusal = "try { boxAuth({}); } catch ({ code }) { process.stdout.write(code); }";
  for (const [kind, begin, ...flags] of [
    ["module", 'import { boxAuth } from "box-sts/client";'],
    // As in a Node that cannot require an ES module.
    ["commonjs", 'const { boxAuth } = require("box-sts/client");', "--no-experimental-require-module"],
  ]) {
    const known = flags.filter((flag) => process.allowedNodeEnvironmentFlags.has(flag));
    const args = [...known, `--input-type=${kind}`, "-e", `${begin} ${refusal}`];
    const loaded = execFileSync(process.execPath, args, { cwd: consumer, encoding: "utf8" });
    must(loaded === "invalid_options", `its client cannot be loaded as ${kind}`);
  }
  const box =
    "startBox({ tls: true }).then((box) => box.close()).then(() => process.stdout.write('closed'));";
  for (const [kind, begin] of [
    ["module", 'import { startBox } from "box-sts/sandbox";'],
    ["commonjs", 'const { startBox } = require("box-sts/sandbox");'],
  ]) {
    const args = [`--input-type=${kind}`, "-e", `${begin} ${box}`];
    const closed = execFileSync(process.execPath, args, { cwd: consumer, encoding: "utf8" });
    must(closed === "closed", `its local Box cannot be started from a ${kind}`);
  }
  await servesTokens(join(modules, "box-sts/dist/cli/main.mjs"));
  const megabytes = Number.parseInt(execFileSync("du", ["-sm", modules], { encoding: "utf8" }), 10);
  must(megabytes < LARGEST_INSTALLATION_MB, `it takes ${megabytes} MB`);
  // By this machine's own Node, which may be the oldest that is supported.
  const policy = '{"version":1,"statements":[]}';
  writeFileSync(join(consumer, "policy.json"), policy);
  const command = [join(modules, "box-sts/dist/cli/main.mjs"), "policy", "diff", "policy.json", "-"];
  const compared = execFileSync(process.execPath, command, {
    cwd: consumer,
    encoding: "utf8",
    input: policy,
  });
  must(compared.includes("every request the same token"), "its command cannot compare policies");
  // A port on which nothing listens: what is tested is that the broker's code gets as far as Box.
  const secrets = { clientID: "a", clientSecret: "b" };
  writeFileSync(
    join(consumer, "config.json"),
    JSON.stringify({ boxAppSettings: secrets, enterpriseID: "1" }),
  );
  const env = { ...process.env, BOX_API_URL: "http://127.0.0.1:9" };
  const token = [command[0], "token", "--config", "config.json"];
  const { status, stderr } = spawnSync(process.execPath, token, { cwd: consumer, encoding: "utf8", env });
  must(status === 1 && stderr.includes("[box_unavailable]"), `its command cannot request a token: ${stderr}`);
} finally {
  rmSync(consumer, { recursive: true, force: true });
}

/** The whole sandbox, on this machine's own Node, which may be the oldest that is supported. */
async function servesTokens(main) {
  const child = spawn(process.execPath, [main, "sandbox", "--json", "--port", "0"], {
    cwd: consumer,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let warnings = "";
  child.stderr.setEncoding("utf8").on("data", (part) => {
    warnings += part;
  });
  const ended = new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  const line = await new Promise((resolve) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (part) => {
      text += part;
      if (text.includes("\n")) resolve(text);
    });
    ended.then(() => resolve(text));
  });
  must(line.startsWith("{"), `its sandbox does not get ready: ${warnings}`);
  must(!warnings.includes("NodeVersionSupportWarning"), "its sandbox prints a warning of the AWS SDK");
  const { config_path, box_url, ...functions } = JSON.parse(line);
  const env = { ...process.env, BOX_API_URL: box_url };
  const token = execFileSync(process.execPath, [main, "token", "--config", config_path, "--json"], { env });
  must(JSON.parse(token).access_token.length > 0, "its sandbox's Box gives no token");
  const aws = {
    AWS_REGION: functions.region,
    AWS_ACCESS_KEY_ID: functions.access_key_id,
    AWS_SECRET_ACCESS_KEY: functions.secret_access_key,
  };
  const request = [main, "token", "--url", functions.token_url, "--app", "sandbox", "--json"];
  const issued = execFileSync(process.execPath, request, { env: { ...process.env, ...aws } });
  must(JSON.parse(issued).access_token.length > 0, "its sandbox's token function issues no token");
  must((await fetch(`${box_url}/`)).status === 200, "its console cannot be opened");
  child.kill("SIGINT");
  must((await ended) === 0, "Ctrl-C does not end its sandbox");
}

function must(truth, otherwise) {
  if (!truth) throw new Error(`the packed package: ${otherwise}`);
}
