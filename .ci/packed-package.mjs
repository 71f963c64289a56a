import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What a consumer gets: packs the package, installs it into an empty project without a network, looks at it. */
const consumer = mkdtempSync(join(tmpdir(), "box-sts-consumer-"));
try {
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", consumer];
  const [{ filename }] = JSON.parse(execFileSync("npm", pack, { encoding: "utf8" }));
  writeFileSync(join(consumer, "package.json"), '{"private":true}');
  const install = [
    "install",
    "--offline",
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
    "dist/infra/index.js",
    "dist/types/infra/index.d.ts",
    "dist/types/client/index.d.ts",
    "schemas/box-config.schema.json",
    "schemas/deploy.schema.json",
    "schemas/policy.schema.json",
    "LICENSE",
  ]) {
    must(existsSync(join(modules, "box-sts", file)), `it lacks ${file}`);
  }
  const program = `import { boxAuth } from "box-sts/client";
    try { boxAuth({}); } catch ({ code }) { process.stdout.write(code); }`;
  const imported = execFileSync("node", ["--input-type=module", "-e", program], {
    cwd: consumer,
    encoding: "utf8",
  });
  must(imported === "invalid_options", "its client cannot be imported");
} finally {
  rmSync(consumer, { recursive: true, force: true });
}

function must(truth, otherwise) {
  if (!truth) throw new Error(`the packed package: ${otherwise}`);
}
