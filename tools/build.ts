import { builtinModules } from "node:module";
import { build, type Plugin } from "esbuild";

/** Every Lambda function: `functions/<name>.ts` becomes `dist/functions/<name>/index.mjs`. */
const FUNCTIONS = ["token-url", "token-invoke"];

/**
 * Takes Node's own modules from `process.getBuiltinModule`: an ESM import of `node:https` costs about 20 ms of
 * cold start on Node 24, because linking it touches lazy getters that load an HTTP client and HTTP/2.
 */
const builtinsWithoutLinking: Plugin = {
  name: "builtins-without-linking",
  setup(build) {
    const names = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    build.onResolve({ filter: /./ }, ({ path }) =>
      names.has(path) ? { path, namespace: "node-builtin" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "node-builtin" }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
    }));
  },
};

async function buildFunction(name: string): Promise<void> {
  await build({
    entryPoints: [`functions/${name}.ts`],
    outfile: `dist/functions/${name}/index.mjs`,
    bundle: true,
    minify: true,
    platform: "node",
    target: "node24",
    format: "esm",
    mainFields: ["module", "main"],
    legalComments: "none",
    plugins: [builtinsWithoutLinking],
    logLevel: "warning",
  });
}

await Promise.all(FUNCTIONS.map(buildFunction));
