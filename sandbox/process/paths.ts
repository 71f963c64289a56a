import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";

/** Otherwise it is part of a bundle in `dist/cli` or `dist/sandbox`. */
const isSource = import.meta.url.endsWith(".ts");
const pathOf = (fromSource: string, fromBundle: string): string =>
  fileURLToPath(new URL(isSource ? fromSource : fromBundle, import.meta.url));

/** Folder of the built functions. */
export const FUNCTIONS = pathOf("../../dist/functions/", "../functions/");

/** What runs in the process of an execution environment. */
export const RUNNER = pathOf("../lambda/runner.ts", "./runner.mjs");

/** Where the folders of runs are, and how their names begin: in a clone git-ignored, else the machine's temporary one. */
export const RUNS = isSource
  ? ({ parent: pathOf("../../.sandbox/", "."), prefix: "run-" } as const)
  : ({ parent: tmpdir(), prefix: "box-sts-run-" } as const);
