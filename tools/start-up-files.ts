import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

const STATIC_IMPORT = /(?:^|[;}\n])\s*(?:import|export)\s*(?:[\w*{}$,\s]*?from\s*)?["'](\.[^"']+)["']/g;

/**
 * What Node reads and compiles before the first line of a built file runs: the file, and all that it imports statically.
 * What is imported on demand is left out.
 */
export function startUpFiles(entry: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(entry)) return seen;
  seen.add(entry);
  for (const [, specifier = ""] of readFileSync(entry, "utf8").matchAll(STATIC_IMPORT))
    startUpFiles(join(dirname(entry), specifier), seen);
  return seen;
}
