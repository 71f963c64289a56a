import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** dynalite's requires of a name that it computes; their bundler's own search does not follow linked folders. */
const COMPUTED = /require\('\.\/(actions|validations)\/' \+ action\)/g;

/** Node warns of this function (DEP0169) where code outside `node_modules` calls it, as a bundle in a clone does. */
const DEPRECATED = "url.parse(req.url, true).query";
const QUERY = 'Object.fromEntries(new URL(req.url, "http://localhost").searchParams)';

/**
 * Replaces what dynalite requires by a computed name with all that it may be, so that a bundle has it; and the one call of it
 * that Node warns of.
 */
export const dynaliteWithItsActions: Plugin = {
  name: "dynalite-with-its-actions",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]dynalite[/\\]index\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const folders = [...text.matchAll(COMPUTED)].map(([, folder = ""]) => folder);
      if (folders.length !== 2) throw new Error("dynalite requires its actions in another way than before.");
      if (!text.includes(DEPRECATED))
        throw new Error("dynalite reads a request's query in another way than before.");
      return {
        contents: text
          .replace(DEPRECATED, QUERY)
          .replaceAll(COMPUTED, (_, folder: string) => `${tableOf(dirname(path), folder)}[action]`),
      };
    });
  },
};

/** `{ getItem: require("./actions/getItem"), … }` */
function tableOf(root: string, folder: string): string {
  const names = readdirSync(join(root, folder)).map((file) => basename(file, ".js"));
  return `{${names.map((name) => `${JSON.stringify(name)}: require("./${folder}/${name}")`).join()}}`;
}
