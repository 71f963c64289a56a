import { spawnSync } from "node:child_process";
import { existsSync, lstatSync, readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * `node tools/install.ts FOLDER…` installs what the folder's own lock file names, where it is not installed yet. The
 * root's `npm ci` leaves out what only the checks, the benches and the compatibility tests need.
 */
interface Lock {
  readonly packages: Readonly<Record<string, { readonly version?: string; readonly optional?: boolean }>>;
}

const read = (path: string): Lock =>
  existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { packages: {} };

/** Whether each package of the lock file is there in its version. Optional ones are for other platforms. */
function isInstalled(folder: string): boolean {
  const { packages } = read(join(folder, "node_modules/.package-lock.json"));
  return Object.entries(read(join(folder, "package-lock.json")).packages).every(
    ([path, { version, optional }]) => path === "" || optional || packages[path]?.version === version,
  );
}

/** npm by the program that runs this script, so that both have the same Node. */
function npm(...args: string[]): number | null {
  const cli = process.env.npm_execpath;
  const [command, ...first] = cli === undefined ? ["npm"] : [process.execPath, cli];
  return spawnSync(command as string, [...first, ...args], {
    stdio: "inherit",
    shell: cli === undefined && process.platform === "win32",
  }).status;
}

for (const folder of process.argv.slice(2)) {
  if (!existsSync(join(folder, "package-lock.json"))) {
    process.stderr.write(`${folder} has no package-lock.json, so there is nothing to install.\n`);
    process.exit(1);
  }
  if (isInstalled(folder)) continue;
  // Another checkout's packages, which others may be using: npm would remove them first.
  if (lstatSync(join(folder, "node_modules"), { throwIfNoEntry: false })?.isSymbolicLink()) {
    process.stderr.write(
      `${folder}/node_modules is a link, and what it leads to is not what the lock file names; install there, or remove the link.\n`,
    );
    process.exit(1);
  }
  process.stderr.write(`Installing what ${folder}/package.json names; npm ci left it out.\n`);
  if (npm("ci", "--prefix", folder, "--no-audit", "--no-fund") !== 0) process.exit(1);
}
