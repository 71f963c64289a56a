import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { ok, type Result, refused } from "../schemas/result.ts";

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder, not a file",
  EACCES: "you may not read it",
};

/** The text of a file, or of the standard input for `-`; otherwise a sentence that names the file. */
export async function readDocument(path: string): Promise<Result<string, string>> {
  if (path === "-") return ok(await textOf(process.stdin));
  try {
    return ok(await readFile(path, "utf8"));
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    return refused(`${path} cannot be read: ${EXPLANATIONS[code] ?? `the system reports ${code}`}.`);
  }
}
