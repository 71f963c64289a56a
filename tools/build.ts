import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BuildOptions, build } from "esbuild";
import { formatIssue } from "../schemas/issue.ts";
import { nearest } from "../schemas/nearest.ts";
import { readPolicy } from "../schemas/policy.ts";
import { policyWarnings } from "../schemas/policy-warnings.ts";
import { builtinsWithoutLinking } from "./builtins.ts";
import { ON_DEMAND, onDemandApart } from "./on-demand.ts";

/**
 * `npm run build [-- --policy FILE] [--outdir FOLDER]`: every Lambda function `functions/<name>.ts` becomes
 * `<name>/index.mjs` in the folder (default `dist/functions`), with the policy, once it is found valid, beside it
 * as `policy.json`.
 */
const FUNCTIONS = ["token-url", "token-invoke", "health"];

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
} as const satisfies BuildOptions;

/**
 * What a cold start uses of `node:fs`, and nothing that loads its promises and, with them, readline and the web
 * streams: that takes as long as `node:crypto`. The AWS SDK wants to read its config files, and to know whether a
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

/** One file, for a cold start; what the AWS SDK imports on demand (SSO, profiles, roles) Lambda never loads. */
async function buildFunction(name: string, outdir: string): Promise<void> {
  rmSync(outdir, { recursive: true, force: true });
  const wanted = new Map<string, string>();
  await build({
    ...OPTIONS,
    entryPoints: { index: `functions/${name}.ts` },
    outdir,
    plugins: [builtinsWithoutLinking(LIGHTER), onDemandApart(wanted)],
  });
  await build({
    ...OPTIONS,
    entryPoints: Object.fromEntries([...wanted].sort()),
    outdir: join(outdir, ON_DEMAND),
    splitting: true,
    plugins: [builtinsWithoutLinking()],
  });
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
    await buildFunction(name, outdir);
    if (policy !== undefined) writeFileSync(join(outdir, "policy.json"), policy);
  }),
);
