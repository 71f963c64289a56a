import { builtinModules } from "node:module";
import type { Plugin } from "esbuild";

/**
 * Takes Node's own modules from `process.getBuiltinModule`: an ESM import of `node:https` costs about 20 ms of
 * cold start on Node 24, because linking it touches lazy getters that load an HTTP client and HTTP/2.
 */
export const builtinsWithoutLinking: Plugin = {
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
