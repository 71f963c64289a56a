import { copyFileSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const MEGABYTE = 1024 * 1024;
/** Larger files would make the tree one of a few executables. */
const LARGEST_COPY = 24 * MEGABYTE;

/**
 * Fills `folder` with at least `size` bytes of what repositories hold, the same each time: the installed packages
 * (sources, documents, lock files, maps, executables), and generated text and binary files for the rest.
 */
export function plantTree(folder: string, packages: string, size: number): { files: number; bytes: number } {
  let [files, bytes] = [0, 0];
  for (const file of filesOf(packages)) {
    const length = lstatSync(file).size;
    if (length > LARGEST_COPY) continue;
    const copy = join(folder, "packages", relative(packages, file));
    mkdirSync(dirname(copy), { recursive: true });
    copyFileSync(file, copy);
    files++;
    bytes += length;
    if (bytes > size) break;
  }
  mkdirSync(join(folder, "generated"), { recursive: true });
  for (let at = 0; at < 16 || bytes < size; at++) {
    const content = at % 2 === 0 ? noise(MEGABYTE, at) : Buffer.from(noise(MEGABYTE, at).toString("base64"));
    writeFileSync(join(folder, "generated", `${at}.bin`), content);
    files++;
    bytes += content.length;
  }
  return { files, bytes };
}

function* filesOf(folder: string): Generator<string> {
  const entries = readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && !entry.name.startsWith(".")) yield* filesOf(path);
    else if (entry.isFile()) yield path;
  }
}

/** Pseudo-random bytes, the same for the same seed (xorshift). */
function noise(size: number, seed: number): Buffer {
  const words = new Uint32Array(size / 4);
  let state = seed * 2_654_435_761 + 1;
  for (let at = 0; at < words.length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[at] = state;
  }
  return Buffer.from(words.buffer);
}
