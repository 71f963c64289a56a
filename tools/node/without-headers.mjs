import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/**
 * Runs after `npm ci`, with whatever Node the machine has: removes the C headers that come with the Node binary.
 * They take 67 MB of disk, and nothing in this repository compiles against them. Without this (`--ignore-scripts`)
 * everything works and takes more room.
 */
const { optionalDependencies } = JSON.parse(readFileSync(new URL("package.json", import.meta.url), "utf8"));
const { resolve } = createRequire(import.meta.url);

/** The folder of a package; `undefined` on every platform but its own. */
function folderOf(name) {
  try {
    return dirname(resolve(`${name}/package.json`));
  } catch {
    return undefined;
  }
}

for (const folder of Object.keys(optionalDependencies).map(folderOf)) {
  if (folder !== undefined) rmSync(join(folder, "include"), { recursive: true, force: true });
}
