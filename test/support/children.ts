import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";

/** The ids of the processes that this one has started and that have not ended. */
export function childrenOf(pid: number | undefined): readonly number[] {
  return parents()
    .filter(([, parent]) => parent === pid)
    .map(([child]) => child);
}

/** Every process with the one that started it: of `/proc`, since not every Linux has `ps`. */
function parents(): readonly (readonly [child: number, parent: number])[] {
  if (!existsSync("/proc/self/stat")) {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    return stdout
      .trim()
      .split("\n")
      .map((line) => line.trim().split(/\s+/).map(Number) as [number, number]);
  }
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const [, parent] = /\) \S (\d+) [^)]*$/.exec(statOf(name)) ?? [];
      return parent === undefined ? [] : [[Number(name), Number(parent)] as const];
    });
}

/** What `/proc` has of a process; "" where it has ended meanwhile. */
function statOf(name: string): string {
  try {
    return readFileSync(`/proc/${name}/stat`, "utf8");
  } catch {
    return "";
  }
}
