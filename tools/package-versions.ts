import { readFile } from "node:fs/promises";
import type { Plugin } from "esbuild";

/** Leaves of the package.json files that the AWS SDK imports what it reads of them: the version, for its user agent. */
export const packageVersions: Plugin = {
  name: "package-versions",
  setup(build) {
    build.onLoad({ filter: /[\\/]@aws-sdk[\\/][\w-]+[\\/]package\.json$/ }, async ({ path }) => {
      const { version } = JSON.parse(await readFile(path, "utf8")) as { readonly version: string };
      return { contents: JSON.stringify({ version }), loader: "json" };
    });
  },
};
