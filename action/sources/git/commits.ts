import type { ScanProblem } from "../../scan/problem.ts";
import type { SkippedKind } from "../../scan/skipped.ts";
import { ScanError, type Source, type Sources } from "../source.ts";
import { type ChangedPath, changedPaths, MAX_COUNTED, stagedPaths } from "./changed-paths.ts";
import { partsOf } from "./commit-parts.ts";
import { git, refusal } from "./git.ts";
import type { OpenRepository } from "./open-repository.ts";
import type { Placement } from "./placements.ts";
import { type GitObject, type Requested, type RequestedLists, readObjects } from "./read-objects.ts";
import {
  type CommitRange,
  type ListedCommit,
  listNewObjects,
  listObjects,
  type Revisions,
  UNKNOWN_PATH,
} from "./rev-list.ts";
import { wholeOf } from "./tree-entries.ts";

export interface Note {
  /** Of a tag: its name, until the object shows its type. Empty where Git names none. */
  readonly path: string;
  readonly commit: string | null;
  readonly missing?: true | undefined;
  /** The path is as `git rev-list` prints it: one of several, and cut at a line feed. */
  readonly listed?: true;
  readonly isLink?: true | undefined;
  /** Under how many other paths the object was scanned before. */
  readonly copies?: number;
}

/**
 * A whole history: as it is listed, so that memory does not grow with it, and each blob under one of its paths.
 * `placements` finds commits and other paths for the few of which something is to be reported, and `placedSources`
 * reads those again. `onTree` is given the trees, each under one of its paths.
 */
export function historySources(
  repository: OpenRepository,
  range: CommitRange,
  onTree: OnTree = () => {},
): Sources {
  const context: ListingContext = { problems: [], unread: [], onTree };
  return objectSources(repository, requestedOfHistory(repository, range), context);
}

async function* requestedOfHistory(repository: OpenRepository, range: CommitRange): RequestedLists<Note> {
  for await (const some of listObjects(repository, range))
    yield some.map(({ object, path, commit, missing }) => ({
      object,
      note: { path: path ?? "", commit, missing, listed: true },
    }));
}

/** These objects, each under its path and with its commit. */
export function placedSources(repository: OpenRepository, placed: readonly Placement[]): Sources {
  const known = new Map<string, number>();
  const context: ListingContext = {
    problems: [],
    unread: placed.filter(({ folder }) => folder).map(leftOutFolder),
  };
  const requested = placed
    .filter(({ folder }) => !folder)
    .flatMap((one) => {
      const copies = known.get(one.object) ?? 0;
      known.set(one.object, copies + 1);
      return orLeftOut(one, copies, context);
    });
  return objectSources(
    repository,
    (async function* () {
      yield requested;
    })(),
    context,
  );
}

const leftOutFolder = ({ path, commit }: Placement): Unread => ({ path, commit, skippedKind: "copies" });

/** The content under one more path; none where it has so many that this one is only counted. */
function orLeftOut(
  { object, path, commit, isLink }: Placement,
  copies: number,
  { unread }: ListingContext,
): readonly Requested<Note>[] {
  if (copies < MAX_COPIES) return [{ object, note: { path, commit, copies, isLink } }];
  unread.push({ path, object, commit, skippedKind: "copies" });
  return [];
}

/** What a change brings in: every new object, and every blob under each path that a commit gives it. */
export function rangeSources(repository: OpenRepository, range: Revisions): Sources {
  const context = { problems: [], unread: [] };
  return objectSources(repository, requestedOfRange(repository, range, context), context);
}

/** What turns up while objects are listed. */
export interface ListingContext {
  readonly problems: ScanProblem[];
  readonly unread: Unread[];
  readonly onTree?: OnTree;
}

/** Is given a tree with the path that it was listed under, which is empty for the root. */
export type OnTree = (object: string, path: string, bytes: Buffer) => void;

/** Something that is reported and not read: a submodule is another repository. */
interface Unread {
  readonly path: string;
  /** None of a folder. */
  readonly object?: string;
  readonly commit: string | null;
  readonly skippedKind: SkippedKind;
}

async function* requestedOfRange(
  repository: OpenRepository,
  range: Revisions,
  context: ListingContext,
): RequestedLists<Note> {
  const listed = new Map<string, Note>();
  const commits: ListedCommit[] = [];
  const changed: Requested<Note>[] = [];
  let failure: unknown;
  try {
    for await (const some of listNewObjects(repository, range)) {
      for (const commit of some.commits) commits.push(commit);
      for (const { object, path, commit, missing } of some.objects) {
        const note = { path: path ?? "", commit: commit ?? object, listed: true } as const;
        // The folders of commits are compared below, for which Git fetches those that the clone leaves out.
        listed.set(object, commit === null ? { ...note, missing } : note);
      }
    }
    for await (const one of underTheirPaths(changedPaths(repository, commits), context)) {
      listed.delete(one.object);
      changed.push(one);
    }
  } catch (error) {
    // The objects that Git listed before it failed are scanned anyway.
    failure = error;
  }
  yield commits.map(({ object }) => ({ object, note: { path: "", commit: object } }));
  yield inOrder(changed, commits);
  yield [...listed].map(([object, note]) => ({ object, note }));
  if (failure !== undefined) throw failure;
}

/** Oldest commit first, its paths in Git's order. */
function inOrder(
  changed: readonly Requested<Note>[],
  commits: readonly ListedCommit[],
): readonly Requested<Note>[] {
  const places = new Map(commits.map(({ object }, at) => [object, at]));
  const placeOf = ({ note: { commit } }: Requested<Note>) => places.get(commit ?? "") ?? 0;
  const isBefore = (one: Requested<Note>, other: Requested<Note>) => one.note.path < other.note.path;
  return changed.toSorted((one, other) => placeOf(one) - placeOf(other) || (isBefore(one, other) ? -1 : 1));
}

/** Blobs to scan under the paths that commits give them. */
async function* underTheirPaths(
  changed: AsyncIterable<readonly ChangedPath[]>,
  context: ListingContext,
): AsyncGenerator<Requested<Note>> {
  const places = new Places();
  const isUnread = unreadIn(context);
  for await (const some of changed) {
    for (const one of some) {
      if (isUnread(one)) continue;
      // A path can be a file in one commit and a link in another; no path has a NUL.
      const copies = places.copies(one.object, one.isLink ? `${one.path}\0` : one.path);
      if (copies !== undefined) yield* orLeftOut(one, copies, context);
    }
  }
}

/** Whether a change is of something that is not read, which is noted: a submodule once, however often it is moved. */
function unreadIn({ unread }: ListingContext) {
  const submodules = new Set<string>();
  return ({ path, commit, submodule, folder }: ChangedPath): boolean => {
    if (submodule && !submodules.has(path)) unread.push({ path, commit, skippedKind: "submodule" });
    if (submodule) submodules.add(path);
    if (folder) unread.push({ path, commit, skippedKind: "copies" });
    return submodule === true || folder === true;
  };
}

/** Paths under which the same content is scanned again, because the name decides how to read it. */
const MAX_COPIES = 256;
const MAX_COPIED_BYTES = 64 * 1024 * 1024;
/** Of all objects together. */
const MAX_FURTHER_PATHS = 100_000;

/**
 * The paths of each object so far. A few trees that hold each other put one blob under millions; a blob that is
 * empty, as marks of folders and packages are, is scanned once.
 */
class Places {
  /** The first path alone, as nearly every object has no other. */
  readonly #paths = new Map<string, string | Set<string>>();
  #further = 0;
  #counted = 0;

  /** The number of paths that the object has had before; undefined if this one is known, or one too many to count. */
  copies(object: string, path: string): number | undefined {
    const known = this.#paths.get(object);
    if (known === undefined) {
      this.#paths.set(object, path);
      return 0;
    }
    if (known === path || isEmpty(object)) return undefined;
    const paths = typeof known === "string" ? new Set([known]) : known;
    if (paths.has(path)) return undefined;
    const isCounted = paths.size > MAX_COPIES;
    if (isCounted && ++this.#counted > MAX_COUNTED) return undefined;
    this.#paths.set(object, paths.add(path));
    if (isCounted) return MAX_COPIES;
    return ++this.#further > MAX_FURTHER_PATHS ? MAX_COPIES : paths.size - 1;
  }
}

/** The blob without content, in SHA-1 and SHA-256: marks of folders and packages are often the same. */
const isEmpty = (object: string) =>
  object.startsWith("e69de29bb2d1d643") || object.startsWith("473a0f4c3be8a936");

/** The blobs that the index holds and HEAD does not, under their paths. */
export const stagedFiles = async (repository: OpenRepository): Promise<readonly ChangedPath[]> =>
  stagedPaths(repository, await headTree(repository));

/**
 * What the next commit would bring in.
 * @param files what `stagedFiles` lists, if that is known
 */
export function stagedSources(repository: OpenRepository, files?: readonly ChangedPath[]): Sources {
  const context: ListingContext = { problems: [], unread: [] };
  return objectSources(
    repository,
    (async function* () {
      const staged = files ?? (await stagedFiles(repository));
      for (const { path, submodule } of staged)
        if (submodule) context.unread.push({ path, commit: null, skippedKind: "submodule" });
      yield staged
        .filter(({ submodule }) => !submodule)
        .map(({ object, path, isLink }) => ({
          object,
          note: { path, commit: null, isLink },
        }));
    })(),
    context,
  );
}

/** HEAD, or the empty tree before the first commit. */
async function headTree(repository: OpenRepository): Promise<string> {
  const head = await repository.find("HEAD^{tree}");
  if (typeof head === "object") return head.object;
  const empty = await git(repository, ["hash-object", "-t", "tree", "--stdin"]);
  const inside = await git(repository, ["rev-parse", "--git-dir"]);
  if (inside.status !== 0) throw new ScanError(refusal(inside.stderr, repository.folder));
  return empty.stdout.toString().trim();
}

export function objectSources(
  repository: OpenRepository,
  requested: RequestedLists<Note>,
  context: ListingContext = { problems: [], unread: [] },
): Sources {
  const { problems } = context;
  const objects = readObjects(repository, requested, problems, (one) => isReadTree(one, context));
  return { sources: sourcesOf(objects, context), problems };
}

/** Whether it was a tree: most objects of a history are, and nearly all have arrived. */
function isReadTree(one: GitObject<Note>, context: ListingContext): boolean {
  const bytes = one.type === "tree" ? one.arrived() : undefined;
  if (bytes !== undefined) treeRead(one, bytes, context);
  return bytes !== undefined;
}

function treeRead(
  { object, note }: GitObject<Note>,
  bytes: Buffer,
  { onTree, problems }: ListingContext,
): void {
  onTree?.(object, note.path, bytes);
  if (note.missing) problems.push({ code: "tree_left_out", object });
  // A commit has it under the mode of a file: Git neither pushes nor checks out what is in it.
  else if (!note.listed) problems.push({ code: "object_corrupt", object });
}

async function* sourcesOf(
  objects: AsyncIterable<GitObject<Note>>,
  context: ListingContext,
): AsyncGenerator<Source> {
  for await (const one of objects) {
    const { object, type, size, note } = one;
    const { path, commit, copies = 0 } = note;
    if (type === "tree") treeRead(one, await wholeOf(one.chunks()), context);
    else if (copies >= MAX_COPIES || copies * size > MAX_COPIED_BYTES)
      yield unreadSource({ path, object, commit, skippedKind: "copies" });
    else if (type === "commit") yield* partsOf(one, { commit, object });
    else if (type === "tag") yield* partsOf(one, { commit: null, tag: path || object, object });
    else yield sourceOf(one);
  }
  for (const one of context.unread) yield unreadSource(one);
}

function sourceOf(one: GitObject<Note>): Source {
  const { object, size, note } = one;
  const { path, commit, listed, isLink } = note;
  const source = {
    path: path || UNKNOWN_PATH,
    commit,
    object,
    isLink,
    size,
    chunks: () => one.chunks(),
    arrived: () => one.arrived(),
  };
  return listed ? { ...source, uncertainPath: true } : source;
}

/** The result for a source that is not read. */
const unreadSource = ({ path, object, commit, skippedKind }: Unread): Source => ({
  path,
  commit,
  ...(object !== undefined && { object }),
  size: 0,
  async *chunks() {},
  scanned: { findings: [], bytes: 0, skippedKinds: [skippedKind] },
});
