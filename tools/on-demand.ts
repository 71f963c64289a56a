import { relative } from "node:path";
import type { Plugin } from "esbuild";

/** The folder, beside a bundle, of what it loads on demand. */
export const ON_DEMAND = "on-demand";

/**
 * Leaves what is imported on demand out of the bundle, and notes it in `wanted`, by name, for a build of its own. With
 * esbuild's splitting, what both need would go into files of their own, and a cold start would read them all.
 */
export function onDemandApart(wanted: Map<string, string>): Plugin {
  return {
    name: "on-demand-apart",
    setup(build) {
      const own = Symbol();
      build.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        if (kind !== "dynamic-import" || pluginData === own) return undefined;
        const resolved = await build.resolve(path, { kind, importer, resolveDir, pluginData: own });
        if (resolved.errors.length > 0 || resolved.namespace !== "file") return resolved;
        const name = relative("node_modules", resolved.path)
          .replace(/\.\w+$/, "")
          .replaceAll(/[^\w-]+/g, "_");
        wanted.set(name, resolved.path);
        return { path: `./${ON_DEMAND}/${name}.mjs`, external: true };
      });
    },
  };
}
