import { rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "esbuild";
import { bundled, licenses } from "./build-action.ts";
import { dynaliteWithItsActions } from "./dynalite.ts";

const ROOT = dirname(import.meta.dirname);

/**
 * The command `box-sts` as the package brings it: `main.mjs`, the linter's worker, the process in which the sandbox runs
 * a function, what commands load on demand, and the licences of what is inside. Everything is, so that the package has
 * no dependencies.
 */
export async function buildCli(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { main: "cli/main.ts", worker: "action/worker.ts", runner: "sandbox/lambda/runner.ts" },
    outdir,
    absWorkingDir: ROOT,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    preserveSymlinks: true,
    platform: "node",
    target: "node20",
    format: "esm",
    mainFields: ["module", "main"],
    legalComments: "none",
    // Packages in CommonJS import Node's own modules with it.
    banner: {
      js: 'import { createRequire } from "node:module";const require=createRequire(import.meta.url);',
    },
    plugins: [dynaliteWithItsActions],
    logLevel: "warning",
  });
  writeFileSync(join(outdir, "licenses.txt"), licenses(bundled(metafile)));
}

if (process.argv[1] === import.meta.filename) await buildCli(process.argv[2] ?? join(ROOT, "dist/cli"));
