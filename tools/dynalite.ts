import { readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Plugin } from "esbuild";

/** dynalite's requires of a name that it computes; their bundler's own search does not follow linked folders. */
const COMPUTED = /require\('\.\/(actions|validations)\/' \+ action\)/g;

/** Replaces what dynalite requires by a computed name with all that it may be, so that a bundle has it. */
export const dynaliteWithItsActions: Plugin = {
  name: "dynalite-with-its-actions",
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]dynalite[/\\]index\.js$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const folders = [...text.matchAll(COMPUTED)].map(([, folder = ""]) => folder);
      if (folders.length !== 2) throw new Error("dynalite requires its actions in another way than before.");
      return {
        contents: text.replaceAll(
          COMPUTED,
          (_, folder: string) => `${tableOf(dirname(path), folder)}[action]`,
        ),
      };
    });
  },
};

/** `{ getItem: require("./actions/getItem"), … }` */
function tableOf(root: string, folder: string): string {
  const names = readdirSync(join(root, folder)).map((file) => basename(file, ".js"));
  return `{${names.map((name) => `${JSON.stringify(name)}: require("./${folder}/${name}")`).join()}}`;
}
