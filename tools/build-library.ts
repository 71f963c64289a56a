import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type BuildOptions, build, type Plugin } from "esbuild";
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
  { format: "esm", outExtension: { ".js": ".js" }, define: { IS_COMMON_JS: "undefined" } },
  {
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    define: { "import.meta.url": "importMetaUrl", IS_COMMON_JS: "true" },
    banner: { js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;' },
  },
] as const satisfies readonly BuildOptions[];

const COMMON = {
  metafile: true,
  bundle: true,
  platform: "node",
  target: "node20",
  mainFields: ["module", "main"],
  external: ["aws-cdk-lib", "constructs"],
  legalComments: "none",
  // The licences are found by the packages' paths.
  preserveSymlinks: true,
  logLevel: "warning",
} as const satisfies BuildOptions;

/**
 * What both kinds of module load on demand, from one file in CommonJS: it is larger than all the rest, few need it, and
 * where Jest runs a test `import()` fails.
 */
const ON_DEMAND: Readonly<Record<string, string>> = { sandbox: "sandbox/http/certificates.ts" };

const nameOf = (path: string): string => basename(path, ".ts");

const apart = (path: string): Plugin => ({
  name: "apart",
  setup({ onResolve }) {
    onResolve({ filter: new RegExp(`/${nameOf(path)}\\.ts$`) }, ({ kind }) =>
      kind === "dynamic-import" ? { path: `./${nameOf(path)}.cjs`, external: true } : undefined,
    );
  },
});

async function buildLibrary(place: string): Promise<void> {
  const outdir = join("dist", place);
  rmSync(outdir, { recursive: true, force: true });
  const onDemand = ON_DEMAND[place];
  const plugins = onDemand === undefined ? [] : [apart(onDemand)];
  const inputs = new Set<string>();
  const run = async (options: BuildOptions): Promise<void> => {
    const { metafile } = await build({ ...COMMON, outdir, ...options, metafile: true });
    for (const path of bundled(metafile)) inputs.add(path);
  };
  for (const format of FORMATS)
    await run({
      ...format,
      entryPoints: { index: `${place}/index.ts` },
      plugins,
      // `require` instead of `import()`.
      supported: { "dynamic-import": format.format === "esm" },
      // A test waits until it is loaded. Names stay, for the stack of an error.
      minifyWhitespace: place === "sandbox",
      // Of the client too, in which a branch is for one of the formats.
      minifySyntax: place !== "infra",
    });
  if (onDemand !== undefined)
    await run({ ...FORMATS[1], entryPoints: { [nameOf(onDemand)]: onDemand }, minify: true });
  const texts = licenses([...inputs]);
  if (texts !== "") writeFileSync(join(outdir, "licenses.txt"), texts);
}

/** In `from "./a.ts"`, and in the `import("./a.ts")` with which the compiler writes a type that the source does not name. */
const SOURCE_NAME = /\b((?:from |import\()"\.[^"]*)\.ts"/g;

/** The compiler keeps the names that the sources import; in the package there are only emitted files. */
function emitDeclarations(): void {
  rmSync(TYPES, { recursive: true, force: true });
  execFileSync("node_modules/.bin/tsc", ["--project", "tools/library.tsconfig.json"], { stdio: "inherit" });
  for (const name of readdirSync(TYPES, { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".d.ts")) continue;
    const path = join(TYPES, name);
    writeFileSync(path, readFileSync(path, "utf8").replaceAll(SOURCE_NAME, '$1.js"'));
  }
  rmSync(COMMON_JS_TYPES, { recursive: true, force: true });
  cpSync(TYPES, COMMON_JS_TYPES, { recursive: true });
  writeFileSync(join(COMMON_JS_TYPES, "package.json"), '{"type":"commonjs"}\n');
}

await Promise.all(PLACES.map(buildLibrary));
emitDeclarations();
