import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Of the compile cache after a run: what a few runs write. Bundles have another path in each run, and so other entries. */
const MAX_CACHE_BYTES = 256 * 1024 * 1024;

/**
 * Removes the oldest files below a folder until the rest has at most so many bytes. Another run may use it and remove
 * files at the same time: Node compiles again what is not there.
 */
export function prune(folder: string, maxBytes: number): void {
  const files = filesIn(folder).toSorted((a, b) => b.mtimeMs - a.mtimeMs);
  let bytes = 0;
  for (const { path, size } of files) {
    bytes += size;
    if (bytes > maxBytes) rmSync(path, { force: true });
  }
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

function filesIn(folder: string): readonly Entry[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: "utf8" }).flatMap((name) => {
      const path = join(folder, name);
      const facts = statSync(path, { throwIfNoEntry: false });
      return facts?.isFile() ? [{ path, size: facts.size, mtimeMs: facts.mtimeMs }] : [];
    });
  } catch {
    return [];
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , temporary = "", cache = ""] = process.argv;
  if (temporary !== "") rmSync(temporary, { recursive: true, force: true });
  if (cache !== "") prune(cache, MAX_CACHE_BYTES);
}
