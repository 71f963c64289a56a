import { spawn } from "node:child_process";
import { globSync, mkdtempSync, readFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, type Plugin } from "vitest/config";

const setupFiles = ["test/own-environment.ts", "test/loopback-only.ts"];
/** Of the projects that run the broker. */
const brokerSetupFiles = [...setupFiles, "test/audit-lines.ts"];
/** Of the projects that start sandboxes. */
const sandboxSetupFiles = ["test/rsa-keys.ts", ...brokerSetupFiles];
/** The files of which `npm test` takes a share: of random inputs, of a size or of a table. */
const sampled = globSync("test/{unit,action,infra,integration}/**/*.test.ts", {
  cwd: import.meta.dirname,
}).filter((path) => readFileSync(join(import.meta.dirname, path), "utf8").includes('/support/samples.ts"'));
/** They end what hangs, and are far above what anything takes on a machine that is busy with something else. */
const slow = { testTimeout: 300_000, hookTimeout: 300_000, expect: { poll: { timeout: 240_000 } } };
/** As many workers run as there are processors: V8's own threads for garbage would only take turns with them. */
const lean = { execArgv: ["--single-threaded-gc"] };
/** Files share a process and what they import. Only where they leave nothing behind in it. */
const shared = { isolate: false, ...lean };
const GITHUB_PARSER = "@actions/workflow-parser";
const reporters = ["./test/support/progress-reporter.ts", "./test/support/skipped-reporter.ts"];

// Node keeps what it compiled, for the workers and for every process that a test starts: an environment of the sandbox
// takes 0.06 s of processor time instead of 0.12 s. The cache grows with each run, and is pruned at the end of each.
const ownCache = join(import.meta.dirname, "node_modules/.cache/compile");
process.env.NODE_COMPILE_CACHE ??= ownCache;
const prunedCache = process.env.NODE_COMPILE_CACHE === ownCache ? [ownCache] : [];

// V8 takes four threads for each process that a test starts: on a small machine they wait for each other. With one, a
// synth takes 4 s of processor time instead of 5 s, and more than that less on a busy machine.
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} --v8-pool-size=1`.trim();

// One temporary folder for the run. It goes at the end, also where a worker was killed before it could tidy up, and by
// a process of its own: it has thousands of Git objects, for which no developer has to wait.
process.env.BOX_STS_TEST_FOLDER ??= mkdtempSync(join(tmpdir(), "box-sts-test-"));
const temporary = process.env.BOX_STS_TEST_FOLDER;
process.env.TMPDIR = temporary;
const TIDY_UP = join(import.meta.dirname, "test/support/tidy-up.ts");
process.on("exit", () => {
  const args = [TIDY_UP, temporary, ...prunedCache];
  spawn(process.execPath, args, { detached: true, stdio: "ignore" }).unref();
});

/** A package whose source maps name sources that it does not bring: vite would say so for each of its files. */
function withoutSourceMaps(name: string): Plugin {
  return {
    name: "without-source-maps",
    load: {
      filter: { id: new RegExp(`/node_modules/${name}/.*\\.js$`) },
      handler: (id) => ({
        code: readFileSync(id, "utf8").replace(/^\/\/# sourceMappingURL=.*$/m, ""),
        map: null,
      }),
    },
  };
}

/** One project per kind of proof; `npx vitest run --project unit` runs one of them. */
export default defineConfig({
  test: {
    // CI reads the counts from this file.
    reporters: process.env.VITEST_JSON
      ? [...reporters, ["json", { outputFile: process.env.VITEST_JSON }]]
      : reporters,
    // By default one processor is left idle, which is half of a small machine. Three more workers than processors: many
    // tests wait for a process of their own, or for a function's pause before it tries again.
    maxWorkers: availableParallelism() + 3,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          setupFiles: brokerSetupFiles,
          ...slow,
          ...shared,
        },
      },
      {
        test: {
          name: "action",
          include: ["test/action/**/*.test.ts"],
          setupFiles: [...setupFiles, "test/action/suppressions/scrypt-once.mjs"],
          globalSetup: "test/action/cli/build-once.ts",
          // GitHub's parser imports JSON as only bundlers do.
          server: { deps: { inline: [GITHUB_PARSER] } },
          ...slow,
          ...shared,
        },
        plugins: [withoutSourceMaps(GITHUB_PARSER)],
      },
      {
        test: { name: "contracts", include: ["test/contracts/**/*.test.ts"], setupFiles, ...slow, ...shared },
      },
      {
        test: {
          name: "infra",
          include: ["test/infra/**/*.test.ts"],
          setupFiles: [...sandboxSetupFiles, "test/infra/cdk-setup.ts"],
          ...slow,
          ...shared,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          setupFiles: sandboxSetupFiles,
          ...slow,
          ...shared,
        },
      },
      {
        test: {
          // What `npm test` has a share of, in full, and a minute of random load: `npm test` leaves it out, `.ci/run` runs it as a step of its own.
          name: "exhaustive",
          include: ["test/exhaustive/**/*.test.ts", ...sampled],
          env: { BOX_STS_TEST_SAMPLES: "all" },
          globalSetup: "test/action/cli/build-once.ts",
          setupFiles: [...sandboxSetupFiles, "test/infra/cdk-setup.ts"],
          testTimeout: 300_000,
          ...lean,
        },
      },
      {
        test: {
          // Needs `test/compatibility/node_modules`: `npm test` leaves it out, `.ci/run` runs it as a step of its own.
          name: "compatibility",
          include: ["test/compatibility/*.test.ts"],
          setupFiles: [...setupFiles, "test/infra/cdk-setup.ts"],
          ...slow,
          ...lean,
        },
      },
      {
        test: {
          // Runs what the documents show, in a clone of its own: `npm test` leaves it out, `.ci/run` runs it as a step of its own.
          name: "documents",
          include: ["test/documents/**/*.test.ts"],
          setupFiles: sandboxSetupFiles,
          globalSetup: "test/programs/detect.ts",
          ...slow,
          ...shared,
        },
      },
      {
        test: {
          // Needs more than Node, npm and git: `npm test` leaves it out, `.ci/run` runs it as a step of its own.
          name: "programs",
          include: ["test/programs/**/*.test.ts"],
          setupFiles: [...sandboxSetupFiles, "test/infra/cdk-setup.ts"],
          globalSetup: "test/programs/detect.ts",
          ...slow,
          ...shared,
        },
      },
      { test: { name: "types", include: ["test/types/**/*.test.ts"], setupFiles, ...slow, ...lean } },
    ],
  },
});
