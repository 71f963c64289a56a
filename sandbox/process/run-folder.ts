import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeFolder } from "./make-folder.ts";
import { RUNS } from "./paths.ts";

const { parent, prefix } = RUNS;

/** The files of a run cannot be written. */
export class RunFolderError extends Error {
  override readonly name = "RunFolderError";
}

/**
 * A folder for one run, for the owner's eyes only; folders of dead runs are removed.
 * @throws RunFolderError where it cannot be made, with the next step
 */
export async function newRunFolder(): Promise<string> {
  try {
    return await madeRunFolder();
  } catch (error) {
    const { code = "unknown error" } = error as NodeJS.ErrnoException;
    const step = parent === tmpdir() ? "name a folder of yours with TMPDIR" : "make it writable";
    throw new RunFolderError(`The sandbox's files cannot be written below ${parent} (${code}); ${step}.`);
  }
}

async function madeRunFolder(): Promise<string> {
  await makeFolder(parent);
  for (const name of await readdir(parent)) {
    if (!name.startsWith(prefix)) continue;
    const pid = Number(/^(\d+)-/.exec(name.slice(prefix.length))?.[1]);
    // Another user's stays.
    if (pid > 0 && !isRunning(pid)) await removeRunFolder(join(parent, name)).catch(() => {});
  }
  return mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

export async function removeRunFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
