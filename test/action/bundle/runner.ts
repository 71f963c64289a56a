import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runHosted } from "../../support/run-hosted.ts";
import { temporaryFolder } from "../git/repository.ts";

export const DIST = join(import.meta.dirname, "../../../action/dist");
const SCRYPT_ONCE = join(import.meta.dirname, "../suppressions/scrypt-once.mjs");

export interface Step {
  readonly event: string;
  readonly payload: object;
  readonly inputs?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Where the log goes instead of being returned. */
  readonly stdout?: number;
}

const ENTRY = join(DIST, "main.mjs");

interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout?: number | undefined;
}
const ofItsOwn = ({ cwd, env, stdout }: Place) =>
  spawnSync(process.execPath, [ENTRY], {
    ...{ cwd, env, encoding: "utf8", maxBuffer: 100_000_000 },
    stdio: ["pipe", stdout ?? "pipe", "pipe"],
  });
const hosted = (place: Place) =>
  runHosted({ entry: ENTRY, call: "run", imports: [SCRYPT_ONCE], args: [], ...place });

/** The committed bundle with a runner's variables and files, in a process that all runs of the worker use. */
export const runStep = (workspace: string, step: Step) => runWith(hosted, workspace, step);

/** The same as a runner runs it: a process of its own, where how it ends is the subject. */
export const runStepProcess = (workspace: string, step: Step) => runWith(ofItsOwn, workspace, step);

function runWith(
  run: typeof ofItsOwn | typeof hosted,
  workspace: string,
  { event, payload, inputs = {}, environment = {}, stdout: log }: Step,
) {
  const folder = temporaryFolder();
  const file = (name: string, text = "") => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const files = {
    GITHUB_EVENT_PATH: file("event.json", JSON.stringify(payload)),
    GITHUB_OUTPUT: file("output"),
    GITHUB_STEP_SUMMARY: file("summary"),
    GITHUB_ENV: file("env"),
    GITHUB_PATH: file("path"),
    GITHUB_STATE: file("state"),
  };
  const declared = {
    "fail-on": "partial",
    "fail-on-skipped": "default",
    schemas: "",
    paths: "",
    report: "",
    sarif: "",
    "sarif-suppressed": "true",
    "help-url": "",
    ...inputs,
  };
  const { status, stdout, stderr } = run({
    cwd: workspace,
    stdout: log,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NODE_OPTIONS: process.env.NODE_OPTIONS,
      HOME: folder,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_EVENT_NAME: event,
      GITHUB_WORKSPACE: workspace,
      GITHUB_SERVER_URL: "https://github.example.com",
      GITHUB_REF_NAME: "main",
      RUNNER_TEMP: folder,
      ...files,
      ...Object.fromEntries(
        Object.entries(declared).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
      ),
      ...environment,
    },
  });
  const outputs = Object.fromEntries(
    [
      ...readFileSync(files.GITHUB_OUTPUT, "utf8").matchAll(/^(.+)<<(ghadelimiter_.+)\n([\s\S]*?)\n?\2$/gm),
    ].map(([, name, , value]) => [name, value]),
  );
  return {
    status,
    stdout,
    stderr,
    outputs,
    summary: readFileSync(files.GITHUB_STEP_SUMMARY, "utf8"),
    written: ["env", "path", "state"].map((name) => readFileSync(join(folder, name), "utf8")).join(""),
  };
}
