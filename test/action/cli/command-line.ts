import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ENTRY = join(import.meta.dirname, "../../../action/cli.ts");

/** The command line as a process of its own. */
export function lint(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [ENTRY, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, GIT_CONFIG_NOSYSTEM: "1", GIT_CONFIG_GLOBAL: "/dev/null" },
  });
  return { status, stdout, stderr };
}
