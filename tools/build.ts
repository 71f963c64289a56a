import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type BuildOptions, build, type OutputFile } from "esbuild";
import { formatIssue } from "../schemas/json/issue.ts";
import { nearest } from "../schemas/json/nearest.ts";
import { readPolicy } from "../schemas/policy/parse.ts";
import { policyWarnings } from "../schemas/policy/warnings.ts";
import { builtinsWithoutLinking } from "./builtins.ts";
import { ON_DEMAND, onDemandApart } from "./on-demand.ts";
import { packageVersions } from "./package-versions.ts";

/**
 * `npm run build [-- --policy FILE] [--outdir FOLDER]`: every Lambda function `functions/<name>.ts` becomes
 * `<name>/index.mjs` in the folder (default `dist/functions`), with the policy, once it is found valid, beside it
 * as `policy.json`. Nothing is written where the folder already has these bytes, so that `cdk.json` can run the build
 * before every synth, beside programs that read the folder.
 */
const FUNCTIONS = ["token-url", "token-invoke", "health", "webhook", "authorize", "connections"];

const OPTIONS = {
  outExtension: { ".js": ".mjs" },
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "esm",
  mainFields: ["module", "main"],
  legalComments: "none",
  logLevel: "warning",
  // The files on demand are named by their paths: the same ones where node_modules is a link.
  preserveSymlinks: true,
  write: false,
} as const satisfies BuildOptions;

/**
 * What a cold start uses of `node:fs`, and nothing that loads its promises and, with them, readline and the web
 * streams: that takes as long as `node:crypto`. The AWS SDK reads its config files, and checks whether a
 * body is a file.
 */
const LIGHTER = {
  "node:fs": `
    const fs = process.getBuiltinModule("node:fs");
    export const { createReadStream, fstatSync, lstatSync, readFileSync, writeSync } = fs;
    export const ReadStream = { [Symbol.hasInstance]: (body) => body instanceof fs.ReadStream };`,
  "node:fs/promises": `
    const { promisify } = process.getBuiltinModule("node:util");
    export const readFile = promisify(process.getBuiltinModule("node:fs").readFile);`,
};

/** The files of a function, by path in its folder. */
type Files = ReadonlyMap<string, Uint8Array>;

/**
 * A cold start loads `index.mjs` and the file of what the shared cache needs too; the shared cache itself is loaded where
 * there is one, and the client of KMS where an app has its key there. What the AWS SDK imports on demand (SSO, profiles, roles)
 * Lambda never loads.
 */
async function buildFunction(name: string, outdir: string): Promise<Files> {
  const wanted = new Map<string, string>();
  const { outputFiles: index } = await build({
    ...OPTIONS,
    entryPoints: { index: `functions/${name}.ts` },
    outdir,
    splitting: true,
    chunkNames: "[name]-[hash]",
    plugins: [builtinsWithoutLinking(LIGHTER), packageVersions, onDemandApart(wanted)],
  });
  const { outputFiles: onDemand } = await build({
    ...OPTIONS,
    entryPoints: Object.fromEntries([...wanted].sort()),
    outdir: join(outdir, ON_DEMAND),
    splitting: true,
    plugins: [builtinsWithoutLinking()],
  });
  const pathOf = ({ path }: OutputFile) => relative(resolve(outdir), path);
  return new Map([...index, ...onDemand].map((file) => [pathOf(file), file.contents]));
}

/** Makes the folder hold these files and no others. */
function replaceFolder(folder: string, files: Files): void {
  if (holds(folder, files)) return;
  const fresh = `${folder}.${process.pid}`;
  for (const [path, contents] of files) {
    mkdirSync(dirname(join(fresh, path)), { recursive: true });
    writeFileSync(join(fresh, path), contents);
  }
  try {
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    // Another build was faster.
    if (!holds(folder, files)) throw error;
  }
}

function holds(folder: string, files: Files): boolean {
  if (!existsSync(folder)) return false;
  const present = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return (
    present.length === files.size &&
    present.every(({ parentPath, name }) => {
      const contents = files.get(relative(folder, join(parentPath, name)));
      return contents !== undefined && readFileSync(join(parentPath, name)).equals(contents);
    })
  );
}

/** The text of a valid policy document; otherwise prints what is wrong with it and ends the build. */
function validPolicy(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    console.error(`${path} cannot be read; --policy takes the path of a policy document.`);
    process.exit(1);
  }
  const read = readPolicy(text);
  const issues = read.ok ? policyWarnings(read.value) : read.error;
  for (const issue of issues) console.error(`${read.ok ? "Warning: " : ""}${path} ${formatIssue(issue)}`);
  if (!read.ok) process.exit(1);
  return text;
}

const OPTIONS_TAKEN = {
  policy: { type: "string" },
  outdir: { type: "string", default: "dist/functions" },
} as const;

/** The command line; otherwise prints what is wrong with it and ends the build. */
function options() {
  try {
    return parseArgs({ options: OPTIONS_TAKEN }).values;
  } catch (error) {
    const [sentence = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    const given = /^Unknown option '--([^']+)'/.exec(sentence)?.[1];
    const meant = given === undefined ? undefined : nearest(given, Object.keys(OPTIONS_TAKEN));
    const question = meant === undefined ? "" : ` Did you mean --${meant}?`;
    console.error(`${sentence.replace(/\.?$/, ".")}${question} It takes --policy FILE and --outdir FOLDER.`);
    process.exit(1);
  }
}

const values = options();
const policy = values.policy === undefined ? undefined : validPolicy(values.policy);
await Promise.all(
  FUNCTIONS.map(async (name) => {
    const outdir = join(values.outdir, name);
    const files = await buildFunction(name, outdir);
    const beside = policy === undefined ? [] : [["policy.json", Buffer.from(policy)] as const];
    replaceFolder(outdir, new Map([...files, ...beside]));
  }),
);
