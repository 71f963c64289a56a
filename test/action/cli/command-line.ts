import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { runHosted } from "../../support/run-hosted.ts";

/** What `build-once.ts` has built from the sources. */
const ENTRY = process.env.BOX_CONFIG_LINT_UNDER_TEST as string;
const SCRYPT_ONCE = fileURLToPath(new URL("../suppressions/scrypt-once.mjs", import.meta.url));

type Variables = Readonly<Record<string, string>>;
const variables = (more: Variables) => ({
  ...process.env,
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  ...more,
});

/** The command line, in a process that all runs of the worker use. */
export const lint = (folder: string, ...args: readonly string[]) => lintIn(folder, args);

/** The same with other variables. */
export const lintIn = (folder: string, args: readonly string[], environment: Variables = {}) =>
  runHosted({ entry: ENTRY, imports: [SCRYPT_ONCE], args, cwd: folder, env: variables(environment) });

/**
 * The same as a process of its own, for what is the subject there: how it starts and ends, and its exit code.
 * `launcher` is the command that starts it.
 */
export function lintProcess(
  folder: string,
  args: readonly string[],
  environment: Variables = {},
  launcher: readonly string[] = [],
) {
  const command = [...launcher, process.execPath, "--import", SCRYPT_ONCE, ENTRY, ...args];
  const { status, stdout, stderr } = spawnSync(command[0] as string, command.slice(1), {
    cwd: folder,
    encoding: "utf8",
    env: variables(environment),
  });
  return { status, stdout, stderr };
}
