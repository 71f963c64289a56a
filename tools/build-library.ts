import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Builds what the package exports to other programs: `dist/infra/index.js`, with everything of ours inside and
 * the CDK left to whoever imports it, and its declarations under `dist/types`.
 */
const TYPES = "dist/types";

async function buildLibrary(): Promise<void> {
  rmSync("dist/infra", { recursive: true, force: true });
  await build({
    entryPoints: { index: "infra/index.ts" },
    outdir: "dist/infra",
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    mainFields: ["module", "main"],
    external: ["aws-cdk-lib", "constructs"],
    legalComments: "none",
    logLevel: "warning",
  });
}

/** The compiler keeps the names that the sources import; in the package there are only emitted files. */
function emitDeclarations(): void {
  rmSync(TYPES, { recursive: true, force: true });
  execFileSync("node_modules/.bin/tsc", ["--project", "tools/library.tsconfig.json"], { stdio: "inherit" });
  for (const name of readdirSync(TYPES, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(TYPES, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(/(from "\.[^"]*)\.ts"/g, '$1.js"'));
  }
}

await buildLibrary();
emitDeclarations();
