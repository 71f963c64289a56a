import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/**
 * Builds what the package exports to other programs: `dist/<place>/index.js`, with everything of ours inside and
 * the CDK left to whoever imports it, and their declarations under `dist/types`.
 */
const PLACES = ["client", "infra"];
const TYPES = "dist/types";

async function buildLibrary(place: string): Promise<void> {
  const outdir = join("dist", place);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: { index: `${place}/index.ts` },
    outdir,
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

await Promise.all(PLACES.map(buildLibrary));
emitDeclarations();
