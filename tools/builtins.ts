import { builtinModules, createRequire } from "node:module";
import type { Plugin } from "esbuild";

const require = createRequire(import.meta.url);

/**
 * Takes Node's own modules from `process.getBuiltinModule`: an ESM import of `node:https` costs about 20 ms of
 * cold start on Node 24, because linking it touches lazy getters that load an HTTP client and HTTP/2. Here only what
 * is used is touched.
 * @param lighter modules instead of Node's own, as ESM: the build ends if something else of them is imported
 */
export function builtinsWithoutLinking(lighter: Readonly<Record<string, string>> = {}): Plugin {
  return {
    name: "builtins-without-linking",
    setup(build) {
      const names = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
      build.onResolve({ filter: /./ }, ({ path, kind }) => {
        if (!names.has(path)) return undefined;
        // What a package imports only when it needs it stays where it is.
        if (kind === "dynamic-import") return { path, external: true };
        return { path, namespace: kind === "import-statement" ? "node-builtin-esm" : "node-builtin" };
      });
      build.onLoad({ filter: /./, namespace: "node-builtin" }, ({ path }) => ({
        contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)});`,
      }));
      build.onLoad({ filter: /./, namespace: "node-builtin-esm" }, ({ path }) => ({
        contents: lighter[path] ?? asModule(path),
      }));
    },
  };
}

/** Exports in the form of pure calls, so that esbuild leaves out those that no module imports. */
function asModule(name: string): string {
  const members = Object.keys(require(name)).filter(
    (key) => key !== "default" && /^[A-Za-z_$][\w$]*$/.test(key),
  );
  return [
    `const builtin = process.getBuiltinModule(${JSON.stringify(name)});`,
    "export default builtin;",
    ...members.map((member) => `export const ${member} = /* @__PURE__ */ (() => builtin.${member})();`),
  ].join("\n");
}
