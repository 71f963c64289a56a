import { readFile } from "node:fs/promises";
import { text as textOf } from "node:stream/consumers";
import { ok, type Result, refused } from "../schemas/result.ts";

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EISDIR: "it is a folder, not a file",
  EACCES: "you may not read it",
};

/** What a text for people calls the file. */
export const documentName = (path: string): string => (path === "-" ? "standard input" : path);

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

const WRITE_EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: "you have no permission there",
  EPERM: "you have no permission there",
  EROFS: "the file system is read-only",
  EEXIST: "there is a file of this name",
  ENOENT: "the system makes no folder there",
  ENOTDIR: "a part of the path is a file",
  EISDIR: "there is a folder of this name",
  ENOSPC: "the disk is full",
};

/** Why a file or folder could not be written, as a sentence; undefined where the error is about something else. */
export function writeProblem(path: string, error: unknown): string | undefined {
  const { code = "", syscall = "" } = error as NodeJS.ErrnoException;
  if (syscall === "listen" || !Object.hasOwn(WRITE_EXPLANATIONS, code)) return undefined;
  return `${path} cannot be written: ${WRITE_EXPLANATIONS[code]}; name another one.`;
}
