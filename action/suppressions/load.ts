import { readFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { problemText } from "../report/problems.ts";
import type { ScanProblem } from "../scan/problem.ts";
import type { OpenRepository } from "../sources/git/open-repository.ts";
import { type Entry, nameOf, parseSuppressions, SUPPRESSIONS_FILE } from "./suppressions.ts";

export interface LoadedSuppressions {
  readonly suppressions: readonly Entry[];
  readonly problems: readonly ScanProblem[];
  /** Whether there was no file to read. */
  readonly absent: boolean;
}

const NONE: LoadedSuppressions = { suppressions: [], problems: [], absent: true };

/** Instead of a commit: what is staged. */
export const INDEX = "";

const textAt = async (repository: OpenRepository, commit: string | null): Promise<string | undefined> =>
  commit === null ? undefined : repository.fileAt(commit, SUPPRESSIONS_FILE);

/** What is scanned, and what decides over it. Where both are the same, nothing changes the file. */
export interface Change {
  /** The commit whose suppressions count; null: none do. */
  readonly trusted: string | null;
  /** The commit that the change leads to, or `INDEX`. */
  readonly head: string | null;
}

interface ChangeSuppressions extends LoadedSuppressions {
  readonly notices: readonly string[];
}

/**
 * The suppressions of the commit that decides over a change, and what to report about the file that the change
 * itself has: it does not count, but must not be one that could not be used after the merge. Where the commit's own file
 * cannot be used, a change that corrects it is not refused for that.
 */
export async function suppressionsForChange(
  repository: OpenRepository,
  { trusted, head }: Change,
  today: string,
): Promise<ChangeSuppressions> {
  const before = await textAt(repository, trusted);
  const base = loaded(before, SUPPRESSIONS_FILE, today);
  const text = trusted === head ? before : await textAt(repository, head);
  if (text === before) return { ...base, notices: [] };
  const own = loaded(text, `${SUPPRESSIONS_FILE}, as the change has it,`, today);
  // What a merge brings to the index is on the other branch already.
  const merged = head === INDEX ? await textAt(repository, "MERGE_HEAD") : undefined;
  const known = [...base.suppressions, ...loaded(merged, SUPPRESSIONS_FILE, today).suppressions];
  const isCorrected = base.problems.length > 0 && own.problems.length === 0;
  return {
    ...base,
    problems: [...(isCorrected ? [] : base.problems), ...own.problems, ...pastDays(own, known, today)],
    notices: [
      ...(isCorrected ? base.problems.map((problem) => `${problemText(problem)} ${CORRECTED}`) : []),
      ...(base.absent && trusted !== null && head ? [notOnBase(head, trusted)] : []),
    ],
  };
}

/** An entry that never counts is a mistake of the change that brings it; what has expired meanwhile is none. */
const pastDays = (own: LoadedSuppressions, known: readonly Entry[], today: string): readonly ScanProblem[] =>
  own.suppressions
    .filter(({ expires }) => expires < today)
    .filter((entry) => !known.some((other) => isDeepStrictEqual(other, entry)))
    .map((entry) => ({
      code: "suppression_past",
      file: SUPPRESSIONS_FILE,
      entry: nameOf(entry),
      expires: entry.expires,
      today,
    }));

const CORRECTED = "Nothing is suppressed in this run; the change corrects the file.";

const notOnBase = (head: string, trusted: string): string =>
  `${SUPPRESSIONS_FILE} is in the commit ${head.slice(0, 12)} and not in ${trusted.slice(0, 12)}, from which suppressions are read: it does not count in this run.`;

/** The suppressions in a file on the disk. Without one: none, or a problem if the command line names the file. */
export async function suppressionsIn(
  file: string,
  isNamed: boolean,
  today: string,
): Promise<LoadedSuppressions> {
  try {
    return parsed(await readFile(file, "utf8"), isNamed ? file : SUPPRESSIONS_FILE, today);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" && !isNamed) return NONE;
    const reason = code === "ENOENT" ? null : (code ?? "unknown error");
    return {
      suppressions: [],
      absent: true,
      problems: [{ code: "suppressions_unreadable", file, reason }],
    };
  }
}

const loaded = (text: string | undefined, name: string, today: string): LoadedSuppressions =>
  text === undefined ? NONE : parsed(text, name, today);

function parsed(text: string, name: string, today: string): LoadedSuppressions {
  const result = parseSuppressions(text, name, today);
  return result.ok
    ? { suppressions: result.value, problems: [], absent: false }
    : { suppressions: [], problems: [{ code: "suppressions_invalid", fault: result.error }], absent: false };
}
