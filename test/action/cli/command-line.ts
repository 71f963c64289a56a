import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** What `build-once.ts` has built from the sources. */
const ENTRY = process.env.BOX_CONFIG_LINT_UNDER_TEST as string;
const SCRYPT_ONCE = fileURLToPath(new URL("../suppressions/scrypt-once.mjs", import.meta.url));

/** The command line as a process of its own. */
export const lint = (folder: string, ...args: readonly string[]) => lintIn(folder, args);

/** The same with other variables. */
export function lintIn(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", SCRYPT_ONCE, ENTRY, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null", ...environment },
  });
  return { status, stdout, stderr };
}
