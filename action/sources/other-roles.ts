import type { Gap } from "../gaps.ts";
import { type ChangedPath, changedPaths } from "./changed-paths.ts";
import { type Beside, type Note, objectSources, unreadIn } from "./commits.ts";
import type { Repository } from "./git.ts";
import type { CommitRange } from "./object-list.ts";
import type { WantedLists } from "./object-stream.ts";
import { commitsOf } from "./placements.ts";
import { MESSAGE_PATH, type Source, type Sources } from "./source.ts";

/** What of a path decides how its content is read, as keys. */
export interface ReadRoles {
  readonly of: (path: string) => string;
  /** The key of the path under which an object was read, where it is not that of a path that decides nothing. */
  readonly read: ReadonlyMap<string, string>;
}

/** Under which key each object was read, as far as it matters: memory does not grow with what no path decides. */
export class ReadLog implements ReadRoles {
  readonly of: ReadRoles["of"];
  readonly #read = new Map<string, string>();
  readonly #gaps = new Map<string, readonly Gap[]>();
  readonly #plain: string;

  constructor(of: ReadRoles["of"]) {
    this.of = of;
    this.#plain = of("");
  }

  get read(): ReadonlyMap<string, string> {
    return this.#read;
  }

  note({ object, path }: Source, gaps: readonly Gap[]): void {
    if (object === undefined || path === MESSAGE_PATH) return;
    const role = this.of(path);
    if (role !== this.#plain) this.#read.set(object, role);
    if (gaps.length > 0) this.#gaps.set(object, gaps);
  }

  /** What is left unread under a further path, and was not reported of the first one. */
  newGaps({ object = "" }: Source, gaps: readonly Gap[]): readonly Gap[] {
    const known = this.#gaps.get(object) ?? [];
    return gaps.filter((gap) => !known.includes(gap));
  }
}

/**
 * The objects of a history that have a path whose key is another than that of the path under which they were read, once
 * for each such key; and what a list of objects does not show: submodules, and folders that were left out.
 */
export function otherRoleSources(repository: Repository, range: CommitRange, roles: ReadRoles): Sources {
  const beside: Beside = { problems: [], unread: [] };
  return objectSources(repository, wantedInOtherRoles(repository, range, roles, beside), beside);
}

async function* wantedInOtherRoles(
  repository: Repository,
  range: CommitRange,
  { of, read }: ReadRoles,
  beside: Beside,
): WantedLists<Note> {
  const plain = of("");
  const more = new Map<string, Set<string>>();
  const isUnread = unreadIn(beside, (folder) => decides(of, folder));
  for await (const changes of changesOf(repository, await commitsOf(repository, range)))
    yield changes.flatMap((one: ChangedPath) => {
      if (isUnread(one)) return [];
      const { object, path } = one;
      const role = of(path);
      const known = more.get(object) ?? new Set();
      if (role === (read.get(object) ?? plain) || known.has(role)) return [];
      more.set(object, known.add(role));
      return [{ object, note: { path, commit: null, copies: known.size } }];
    });
}

/** Their trees are held at a time: memory grows with these, and not with the history. */
const COMMITS = 500;

async function* changesOf(repository: Repository, commits: readonly string[]) {
  for (let at = 0; at < commits.length; at += COMMITS)
    yield* changedPaths(repository, commits.slice(at, at + COMMITS));
}

const NAMES = ["a", "a.json", "a.yaml"];

/** Whether the folder decides how files in it are read. What decides by the name of the file alone was read elsewhere. */
const decides = (of: ReadRoles["of"], folder: string): boolean =>
  NAMES.some((name) => of(`${folder}/${name}`) !== of(name));
