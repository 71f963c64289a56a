import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * What a consumer gets: packs the package in a clone in which nothing is built, installs it into an empty project
 * without a network, and inspects it.
 */
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

function must(truth, otherwise) {
  if (!truth) throw new Error(`the packed package: ${otherwise}`);
}
