import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";
import { bundled, licenses } from "./build-action.ts";

/**
 * Builds what the package exports to other programs: `dist/<place>/index.js` as an ES module and `index.cjs` as
 * CommonJS, with everything of ours inside and the CDK left to the program that imports it. Their declarations are
 * under `dist/types`, and once more under `dist/types-commonjs`: TypeScript takes the kind of a `.d.ts` file from the
 * nearest package.json, and refuses to `require` the declarations of an ES module.
 */
const PLACES = ["client", "infra", "sandbox"];
const TYPES = "dist/types";
const COMMON_JS_TYPES = "dist/types-commonjs";

const FORMATS = [
  { format: "esm", outExtension: { ".js": ".js" } },
  {
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": "importMetaUrl" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  },
] as const satisfies readonly BuildOptions[];

async function buildLibrary(place: string): Promise<void> {
  const outdir = join("dist", place);
  rmSync(outdir, { recursive: true, force: true });
  for (const format of FORMATS) {
    const { metafile } = await build({
      ...format,
      metafile: true,
      entryPoints: { index: `${place}/index.ts` },
      outdir,
      bundle: true,
      platform: "node",
      target: "node20",
      mainFields: ["module", "main"],
      external: ["aws-cdk-lib", "constructs"],
      legalComments: "none",
      // The licences are found by the packages' paths.
      preserveSymlinks: true,
      logLevel: "warning",
    });
    const texts = licenses(bundled(metafile));
    if (texts !== "") writeFileSync(join(outdir, "licenses.txt"), texts);
  }
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
  rmSync(COMMON_JS_TYPES, { recursive: true, force: true });
  cpSync(TYPES, COMMON_JS_TYPES, { recursive: true });
  writeFileSync(join(COMMON_JS_TYPES, "package.json"), '{"type":"commonjs"}\n');
}

await Promise.all(PLACES.map(buildLibrary));
emitDeclarations();
