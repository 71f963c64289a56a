import { mkdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder, for its owner alone, and those that it is in; does nothing where it exists. Resolves to those
 * that it made, the outermost first. Not `mkdir` with
 * `recursive`: on Node 20 that never ends where the system reports ENOENT for a folder whose parent exists, as below
 * `/proc`.
 * @throws the system's error
 */
export async function makeFolder(path: string): Promise<readonly string[]> {
  try {
    await mkdir(path, { mode: 0o700 });
    return [path];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" && (await isFolder(path))) return [];
    const parent = dirname(resolve(path));
    if (code !== "ENOENT" || (await isFolder(parent))) throw error;
    return [...(await makeFolder(parent)), ...(await makeFolder(path))];
  }
}

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
