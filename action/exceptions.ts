import { readFile } from "node:fs/promises";
import type { Repository } from "./sources/git.ts";
import { fileAt } from "./sources/head-paths.ts";
import type { Problem } from "./sources/source.ts";
import { type Entry, EXCEPTIONS_FILE, parseExceptions } from "./suppression.ts";

export interface Exceptions {
  readonly exceptions: readonly Entry[];
  readonly problems: readonly Problem[];
  /** Whether there was no file to read. */
  readonly absent: boolean;
}

const NONE: Exceptions = { exceptions: [], problems: [], absent: true };

/** The exceptions as they stand in a commit; none where it has no file of them, or where there is no commit. */
export async function exceptionsAt(
  repository: Repository,
  commit: string | null,
  today: string,
): Promise<Exceptions> {
  if (commit === null) return NONE;
  const text = await fileAt(repository, commit, EXCEPTIONS_FILE);
  return text === undefined ? NONE : parsed(text, EXCEPTIONS_FILE, today);
}

/** The exceptions in a file on the disk. Without one: none, or a problem where the file was asked for by name. */
export async function exceptionsIn(file: string, asked: boolean, today: string): Promise<Exceptions> {
  try {
    return parsed(await readFile(file, "utf8"), asked ? file : EXCEPTIONS_FILE, today);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" && !asked) return NONE;
    const why =
      code === "ENOENT" ? "does not exist; name" : `cannot be read (${code ?? "unknown error"}); name`;
    return {
      exceptions: [],
      absent: true,
      problems: [`The file of exceptions ${file} ${why} a file that can be read.`],
    };
  }
}

function parsed(text: string, name: string, today: string): Exceptions {
  const result = parseExceptions(text, name, today);
  return result.ok
    ? { exceptions: result.value, problems: [], absent: false }
    : { exceptions: [], problems: [result.error], absent: false };
}
