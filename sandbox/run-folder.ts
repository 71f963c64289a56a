import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PARENT = fileURLToPath(new URL("../.sandbox/", import.meta.url));

/** A git-ignored folder for one run, for the owner's eyes only; folders of dead runs are removed. */
export async function newRunFolder(): Promise<string> {
  await mkdir(PARENT, { recursive: true, mode: 0o700 });
  for (const name of await readdir(PARENT)) {
    const pid = Number(/^run-(\d+)-/.exec(name)?.[1]);
    if (pid > 0 && !isRunning(pid)) await removeRunFolder(join(PARENT, name));
  }
  return mkdtemp(join(PARENT, `run-${process.pid}-`));
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
