import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/**
 * `node tools/check/boundaries.ts`: proves that `biome.json` enforces the boundaries of `docs/architecture.md`. It lints
 * one line of code for each thing that a folder must not use, and exits with 1 where the linter accepts such a line or
 * refuses one that is allowed.
 */
const AMBIENT = [
  "Date.now();",
  "new Date();",
  'fetch("https://example.com");',
  "setTimeout(() => {}, 1);",
  "setInterval(() => {}, 1);",
  "setImmediate(() => {});",
  "process.env.HOME;",
  "performance.now();",
  "globalThis.fetch;",
];
const READS_NO_CLOCK = ["Math.max(1, 2);", "structuredClone({});", 'import "node:crypto";'];

interface Boundary {
  /** Lines of code that the linter must refuse in the folder, each by itself. */
  readonly refused: readonly string[];
  readonly accepted: readonly string[];
}

const imports = (...paths: readonly string[]) => paths.map((path) => `import "${path}";`);

const BOUNDARIES: Readonly<Record<string, Boundary>> = {
  "functions/broker": {
    refused: [
      ...AMBIENT,
      ...imports("../aws/a.ts", "../box/a.ts", "../http/a.ts", "../lambda/a.ts", "../log/a.ts"),
      ...imports("node:fs", "node:http", "jose"),
      ...imports("../async/a.ts"),
    ],
    accepted: [...READS_NO_CLOCK, ...imports("../../schemas/result.ts", "../../keys/open.ts")],
  },
  "functions/async": {
    refused: imports("../aws/a.ts", "../box/a.ts", "@aws-sdk/client-kms", "node:timers"),
    accepted: imports("../../schemas/result.ts"),
  },
  "functions/box": {
    refused: imports("../aws/a.ts", "../lambda/a.ts", "../../action/main.ts", "../../sandbox/main.ts"),
    accepted: ["Date.now();", ...imports("./a.ts", "../broker/a.ts", "../http/a.ts", "../log/lines.ts")],
  },
  "functions/aws": {
    refused: imports("../box/a.ts", "../lambda/a.ts", "../../sandbox/main.ts", "aws-cdk-lib"),
    accepted: ["Date.now();", ...imports("./a.ts", "../broker/a.ts", "../http/a.ts", "@aws-sdk/client-kms")],
  },
  "functions/http": {
    refused: imports("../aws/a.ts", "../box/a.ts", "../lambda/a.ts", "../../sandbox/main.ts"),
    accepted: ["Date.now();", ...imports("node:http")],
  },
  "functions/log": {
    refused: imports("../lambda/a.ts", "../../action/main.ts", "../../sandbox/main.ts", "aws-cdk-lib"),
    accepted: imports("node:fs"),
  },
  "functions/lambda": {
    refused: imports("../../action/main.ts", "../../sandbox/main.ts", "aws-cdk-lib", "@actions/core"),
    accepted: ["Date.now();", "process.env.HOME;", ...imports("../broker/a.ts", "node:fs")],
  },
  "schemas/policy": {
    refused: [...AMBIENT, ...imports("../../functions/async/a.ts", "../../client/index.ts", "node:fs")],
    accepted: [...READS_NO_CLOCK, ...imports("../json/issue.ts")],
  },
  keys: {
    refused: [...AMBIENT, ...imports("../schemas/policy/parse.ts", "../action/main.ts", "node:fs")],
    accepted: [...READS_NO_CLOCK, ...imports("../schemas/json/issue.ts")],
  },
  "action/rules": {
    refused: [...AMBIENT, ...imports("../sources/source.ts", "../cli/run.ts", "node:fs", "node:timers")],
    accepted: [...READS_NO_CLOCK, ...imports("../scan/finding.ts", "../../keys/open.ts")],
  },
  "action/report": {
    refused: [...AMBIENT, ...imports("../sources/source.ts", "node:child_process", "node:perf_hooks")],
    accepted: [...READS_NO_CLOCK, ...imports("../scan/finding.ts")],
  },
  "action/scan": {
    refused: imports("../../functions/broker/a.ts", "@aws-sdk/client-kms", "aws-cdk-lib"),
    accepted: ["performance.now();", ...imports("../../schemas/result.ts")],
  },
  infra: {
    refused: imports("../functions/token-url.ts", "../client/index.ts", "@aws-sdk/client-kms"),
    accepted: imports("../schemas/result.ts", "aws-cdk-lib"),
  },
  client: {
    refused: imports("../functions/token-url.ts", "../sandbox/main.ts", "../infra/index.ts"),
    accepted: ["Date.now();", ...imports("../schemas/result.ts")],
  },
  cli: {
    refused: imports("../test/keys.ts", "../infra/index.ts", "aws-cdk-lib"),
    accepted: imports("../action/cli/run.ts", "../client/index.ts", "../functions/broker/authorize.ts"),
  },
  sandbox: { refused: imports("../test/keys.ts"), accepted: imports("../functions/token-url.ts") },
};
/** Two files that import each other, which no folder may have. */
const CIRCLE = {
  "sandbox/circle-a.ts": 'import { b } from "./circle-b.ts";\nexport const a = () => b;\n',
  "sandbox/circle-b.ts": 'import { a } from "./circle-a.ts";\nexport const b = () => a;\n',
};
const RULES = ["style/noRestrictedGlobals", "style/noRestrictedImports", "suspicious/noImportCycles"];

const ROOT = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "box-sts-boundaries-"));

function write(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** The files that the linter refuses, by path in the folder. */
function lint(): ReadonlySet<string> {
  const biome = join(ROOT, "tools/check/node_modules/.bin/biome");
  const only = RULES.map((rule) => `--only=${rule}`);
  const args = ["lint", "--reporter=json", "--max-diagnostics=none", ...only, "."];
  const { stdout, stderr } = spawnSync(biome, args, {
    cwd: folder,
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  try {
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { location: { path: string } }[] };
    return new Set(diagnostics.map(({ location }) => location.path.replaceAll("\\", "/")));
  } catch {
    throw new Error(`The linter printed no report:\n${stdout}${stderr}`);
  }
}

try {
  for (const name of ["biome.json", ".gitignore"]) cpSync(join(ROOT, name), join(folder, name));
  const probes = Object.entries(BOUNDARIES).flatMap(([place, { refused, accepted }]) =>
    [...refused, ...accepted].map((line, index) => ({
      path: `${place}/probe-${index}.ts`,
      description: `${place}: ${line}`,
      mustRefuse: index < refused.length,
      text: `${line}\n`,
    })),
  );
  const circle = Object.entries(CIRCLE).map(([path, text]) => ({
    path,
    description: `an import circle: ${path}`,
    mustRefuse: true,
    text,
  }));
  for (const { path, text } of [...probes, ...circle]) write(path, text);
  const found = lint();
  const wrong = [...probes, ...circle].filter(({ path, mustRefuse }) => found.has(path) !== mustRefuse);
  for (const { description, mustRefuse } of wrong)
    console.error(`biome.json ${mustRefuse ? "accepts" : "refuses"} ${description}`);
  if (wrong.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
