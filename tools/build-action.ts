import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const ROOT = dirname(import.meta.dirname);

/**
 * The Action and the command line `box-config-lint` as committed: `action/dist/main.mjs` and `cli.mjs`, the
 * thread that helps them, the chunks that they share or load on demand, and the licences of what is inside. Equal sources give equal bytes.
 */
export async function buildAction(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: { main: "action/main.ts", cli: "action/cli.ts", helper: "action/helper.ts" },
    outdir,
    absWorkingDir: ROOT,
    outExtension: { ".js": ".mjs" },
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    metafile: true,
    // The bytes must not depend on where the packages are.
    preserveSymlinks: true,
    platform: "node",
    // A pre-commit hook runs on the Node that its machine has.
    target: "node20",
    format: "esm",
    mainFields: ["module", "main"],
    legalComments: "none",
    // Packages in CommonJS import Node's own modules with it.
    banner: {
      js: 'import { createRequire } from "node:module";const require=createRequire(import.meta.url);',
    },
    plugins: [withoutHttp],
    logLevel: "warning",
  });
  writeFileSync(join(outdir, "licenses.txt"), licenses(bundled(metafile)));
}

/**
 * `@actions/core` imports an HTTP client for OpenID Connect, which this Action never uses. The package does not
 * declare its modules free of side effects; this plug-in does, so that the bundle omits the client.
 */
const withoutHttp: Plugin = {
  name: "without-http",
  setup({ onResolve, resolve }) {
    const resolving = Symbol();
    onResolve({ filter: /./ }, async ({ path, pluginData, ...options }) => {
      if (pluginData === resolving || !/@actions|undici/.test(options.resolveDir + path)) return undefined;
      return { ...(await resolve(path, { ...options, pluginData: resolving })), sideEffects: false };
    });
  },
};

/** The files of which something is in the bundles. */
const bundled = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );

/** The licence texts of the packages whose files are in the bundle. */
function licenses(inputs: readonly string[]): string {
  const packages = new Set(
    inputs.flatMap((path) => /^.*?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []),
  );
  const texts = [...packages].map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, "package.json"), "utf8"));
    const file = readdirSync(join(ROOT, folder)).find((entry) => /^licen[cs]e(?:\.|$)/i.test(entry));
    return `${name} ${version} (${license})\n\n${file ? readFileSync(join(ROOT, folder, file), "utf8").trim() : ""}\n`;
  });
  return texts.sort().join("\n----\n\n");
}

if (process.argv[1] === import.meta.filename) await buildAction(process.argv[2] ?? join(ROOT, "action/dist"));
