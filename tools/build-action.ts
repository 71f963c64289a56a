import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { build, type Metafile, type Plugin } from "esbuild";

const ROOT = dirname(import.meta.dirname);

/**
 * The Action and the command line `box-config-lint` as committed: `action/dist/main.mjs` and `cli.mjs`, the
 * thread that helps them, the chunks that they share or load on demand, and the licences of what is inside. Equal
 * sources give equal bytes, and a change of a source renames no file.
 */
export async function buildAction(outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const { metafile, outputFiles } = await build({
    entryPoints: { main: "action/main.ts", cli: "action/cli.ts", worker: "action/worker.ts" },
    outdir,
    absWorkingDir: ROOT,
    outExtension: { ".js": ".mjs" },
    // Unique in the build; `stableNames` replaces them.
    chunkNames: "[name]-[hash]",
    write: false,
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
  const names = stableNames(metafile);
  mkdirSync(outdir, { recursive: true });
  for (const { path, text } of outputFiles) {
    const renamed = [...names].reduce((code, [from, to]) => code.replaceAll(from, to), text);
    // As esbuild does where it writes files itself: what begins with `#!` can be executed.
    const mode = text.startsWith("#!") ? 0o755 : 0o644;
    writeFileSync(join(outdir, names.get(basename(path)) ?? basename(path)), renamed, { mode });
  }
  writeFileSync(join(outdir, "licenses.txt"), licenses(bundled(metafile)));
}

/**
 * A name for each chunk that does not depend on its content, so that a diff of the committed bundle shows what changed:
 * what is imported on demand has its source's name, and a shared chunk the names of all entries that load it. esbuild
 * makes one shared chunk for each set of entries, so that no two have the same name.
 */
function stableNames({ outputs }: Metafile): ReadonlyMap<string, string> {
  const isChunk = (path: string) => /-[0-9A-Z]{8}\.mjs$/.test(path);
  const sourceName = (path: string) => basename(path).replace(/(?:-[0-9A-Z]{8})?\.mjs$/, "");
  const loadedBy = new Map<string, string[]>();
  const visit = (path: string, entry: string): void => {
    const entries = loadedBy.get(path) ?? [];
    if (entries.includes(entry)) return;
    loadedBy.set(path, [...entries, entry]);
    for (const { path: imported, kind, external } of outputs[path]?.imports ?? [])
      if (kind === "import-statement" && !external) visit(imported, entry);
  };
  const paths = Object.keys(outputs);
  for (const path of paths) if (outputs[path]?.entryPoint !== undefined) visit(path, sourceName(path));
  const names = paths.filter(isChunk).map((path) => {
    const isEntry = outputs[path]?.entryPoint !== undefined;
    const entries = (loadedBy.get(path) ?? []).toSorted();
    return [basename(path), isEntry ? `${sourceName(path)}.mjs` : `shared-${entries.join("-")}.mjs`] as const;
  });
  const all = [
    ...names.map(([, to]) => to),
    ...paths.filter((path) => !isChunk(path)).map((path) => basename(path)),
  ];
  if (new Set(all).size < all.length)
    throw new Error(`Two files of the bundle have the same name: ${all.join(", ")}`);
  return new Map(names);
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
export const bundled = ({ outputs }: Metafile): readonly string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );

/** The licence texts of the packages whose files are in the bundle. */
export function licenses(inputs: readonly string[]): string {
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
