import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/**
 * Run by `npm pack` and `npm publish`, and by an installation from Git: a package without `dist` would install and
 * then fail at its first import. In JavaScript, because a fresh clone may have no Node that reads TypeScript yet.
 * Prints nothing on the standard output, which belongs to `npm pack --json`.
 */
const run = (command, ...args) => execFileSync(command, args, { stdio: ["ignore", 2, 2] });

if (!existsSync("node_modules/.bin/esbuild")) run("npm", "ci");
run("node_modules/.bin/node", "tools/build-library.ts");
run("node_modules/.bin/node", "tools/build-cli.ts");
run("node_modules/.bin/node", "tools/build.ts");
