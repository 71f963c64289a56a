import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { oncePerRun } from "./once-per-run.ts";

/** What `npm pack --json` says of the package. */
export interface PackedPackage {
  readonly filename: string;
  /** Of the tarball, in octets. */
  readonly size: number;
  readonly unpackedSize: number;
  /** By their paths from the package's root. */
  readonly files: readonly { readonly path: string }[];
}

const ROOT = join(import.meta.dirname, "../..");
const QUIET = ["--ignore-scripts", "--no-audit", "--no-fund"];

/**
 * The package of this tree, as `npm pack` makes it of what is built. npm takes 1.5 s of processor time each to pack and
 * to install it, so it is packed once for the run.
 */
export async function packedPackage(): Promise<PackedPackage> {
  return JSON.parse(readFileSync(join(await consumer(), "packed.json"), "utf8"));
}

/**
 * Makes `folder`, which exists, a project into which npm has installed the packed package, without a network and without
 * its optional peers. The copy is the caller's own, and has the committed `action/dist`.
 */
export async function installPackedPackage(
  folder: string,
  manifest: Readonly<Record<string, unknown>> = { private: true },
): Promise<void> {
  cpSync(join(await consumer(), "node_modules"), join(folder, "node_modules"), {
    recursive: true,
    verbatimSymlinks: true,
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
}

const consumer = () =>
  oncePerRun("packed-package", (folder) => {
    const json = npm(ROOT, "pack", "--json", "--ignore-scripts", "--pack-destination", folder);
    // A list or, from newer versions of npm, an object by the package's name.
    const [packed] = Object.values(JSON.parse(json)) as [PackedPackage];
    writeFileSync(join(folder, "packed.json"), JSON.stringify(packed));
    writeFileSync(join(folder, "package.json"), '{"private":true}');
    // An empty cache: what this machine's knows of the peers would decide whether npm installs them.
    const cache = ["--cache", join(folder, ".npm")];
    npm(folder, "install", "--offline", ...cache, ...QUIET, join(folder, packed.filename));
  });

/** By the npm that runs the tests, if one does. What it complains of is in the error that its failure throws. */
function npm(cwd: string, ...args: string[]): string {
  const cli = process.env.npm_execpath;
  const options = { cwd, encoding: "utf8", stdio: "pipe" } as const;
  return cli === undefined
    ? execFileSync("npm", args, { ...options, shell: process.platform === "win32" })
    : execFileSync(process.execPath, [cli, ...args], options);
}
