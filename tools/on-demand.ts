import { relative } from "node:path";
import type { Plugin } from "esbuild";

/** The folder, beside a bundle, of what it loads on demand. */
export const ON_DEMAND = "on-demand";

/** What our own code loads in few deployments alone. */
const RARELY_LOADED = "@aws-sdk/client-kms";

/**
 * Leaves what packages import on demand out of the bundle, and notes it in `wanted`, by name, for a build of its own: with
 * esbuild's splitting, what these dozens of files share would go into files of their own, and a cold start would read
 * them all. What our own code imports on demand is left to the splitting, unless few deployments load it.
 */
export function onDemandApart(wanted: Map<string, string>): Plugin {
  return {
    name: "on-demand-apart",
    setup(build) {
      const own = Symbol();
      build.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData }) => {
        const isApart = importer.includes("node_modules") || path === RARELY_LOADED;
        if (kind !== "dynamic-import" || pluginData === own || !isApart) return undefined;
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
