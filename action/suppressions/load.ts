import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import type { Repository } from "../sources/git/git.ts";
import { fileAt } from "../sources/git/paths-at-head.ts";
import type { Problem } from "../sources/source.ts";
import { type Entry, EXCEPTIONS_FILE, nameOf, parseExceptions } from "./suppressions.ts";

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

interface ChangeExceptions extends Exceptions {
  readonly notices: readonly string[];
}

/**
 * The exceptions as a commit has them that decides over a change, and what is to be said of the file that the change
 * itself has: it does not count, but must not be one that could not be used after the merge. Where the commit's own file
 * cannot be used, a change that corrects it is not refused for that.
 */
export async function exceptionsForChange(
  repository: Repository,
  { trusted, head }: { readonly trusted: string | null; readonly head: string },
  today: string,
): Promise<ChangeExceptions> {
  const base = await exceptionsAt(repository, trusted, today);
  if (trusted === head) return { ...base, notices: [] };
  const text = await fileAt(repository, head, EXCEPTIONS_FILE);
  const before = trusted === null ? undefined : await fileAt(repository, trusted, EXCEPTIONS_FILE);
  if (text === before) return { ...base, notices: [] };
  const own = text === undefined ? NONE : parsed(text, `${EXCEPTIONS_FILE}, as the change has it,`, today);
  const isCorrected = base.problems.length > 0 && own.problems.length === 0;
  return {
    ...base,
    problems: [...(isCorrected ? [] : base.problems), ...own.problems, ...pastDays(own, base, today)],
    notices: [
      ...(isCorrected ? base.problems.map((problem) => `${problem} ${CORRECTED}`) : []),
      ...(base.absent && trusted !== null ? [notOnBase(head, trusted)] : []),
    ],
  };
}

/** An entry that never counts is a mistake of the change that brings it; what has expired meanwhile is none. */
const pastDays = (own: Exceptions, base: Exceptions, today: string): readonly Problem[] =>
  own.exceptions
    .filter(({ expires }) => expires < today)
    .filter((entry) => !base.exceptions.some((known) => isDeepStrictEqual(known, entry)))
    .map(
      (entry) =>
        `${EXCEPTIONS_FILE}, as the change has it, has an entry for ${nameOf(entry)} with the day ${entry.expires}, which is past; write ${today} or a later day, or remove it.`,
    );

const CORRECTED = "Nothing is suppressed in this run; the change corrects the file.";

const notOnBase = (head: string, trusted: string): string =>
  `${EXCEPTIONS_FILE} is in the commit ${head.slice(0, 12)} and not in ${trusted.slice(0, 12)}, from which suppressions are read: it does not count in this run.`;

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
