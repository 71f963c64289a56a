import { type ChangedPath, changedPaths, stagedPaths } from "./changed-paths.ts";
import { git, type Repository, refusal } from "./git.ts";
import { type CommitRange, listObjects } from "./object-list.ts";
import { type GitObject, readObjects, type Wanted, type WantedLists } from "./object-stream.ts";
import { CannotLook, MESSAGE_PATH, type Problem, type Source, type Sources } from "./source.ts";

interface Note {
  readonly path: string;
  readonly commit: string | null;
  readonly missing?: true | undefined;
}

/**
 * A whole history: as it is listed, so that memory does not grow with it. Blobs do not tell their commit; `origins`
 * finds it for the few of which something is to be said.
 */
export function historySources(repository: Repository, range: CommitRange): Sources {
  return objectSources(repository, wantedOfHistory(repository, range));
}

async function* wantedOfHistory(repository: Repository, range: CommitRange): WantedLists<Note> {
  for await (const some of listObjects(repository, range, { oldestFirst: false }))
    yield some.map(({ object, path, commit, missing }) => ({
      object,
      note: { path: path ?? MESSAGE_PATH, commit, missing },
    }));
}

/** What a change brings in: every new object, and every blob under each path that a commit gives it. */
export function rangeSources(repository: Repository, range: CommitRange): Sources {
  return objectSources(repository, wantedOfRange(repository, range));
}

async function* wantedOfRange(repository: Repository, range: CommitRange): WantedLists<Note> {
  const listed = new Map<string, Note>();
  const commits: string[] = [];
  const changed = new Map<string, Wanted<Note>>();
  let failure: unknown;
  try {
    for await (const some of listObjects(repository, range, { oldestFirst: true })) {
      for (const { object, path, commit, missing } of some) {
        if (path === null) commits.push(object);
        else listed.set(object, { path, commit: commit ?? object, missing });
      }
    }
    for (const { object, path, commit } of await changedPaths(repository, commits)) {
      listed.delete(object);
      const pair = `${object} ${path}`;
      if (!changed.has(pair)) changed.set(pair, { object, note: { path, commit } });
    }
  } catch (error) {
    // What Git has listed before it stumbled is looked at all the same.
    failure = error;
  }
  yield commits.map((commit) => ({ object: commit, note: { path: MESSAGE_PATH, commit } }));
  yield [...changed.values()];
  yield [...listed].map(([object, note]) => ({ object, note }));
  if (failure !== undefined) throw failure;
}

/** The blobs that the index holds and HEAD does not, under their paths. */
export const stagedFiles = async (repository: Repository): Promise<readonly ChangedPath[]> =>
  stagedPaths(repository, await headTree(repository));

/** What the next commit would bring in. */
export function stagedSources(repository: Repository): Sources {
  return objectSources(
    repository,
    (async function* () {
      yield (await stagedFiles(repository)).map(({ object, path }) => ({
        object,
        note: { path, commit: null },
      }));
    })(),
  );
}

/** HEAD, or the empty tree before the first commit. */
async function headTree(repository: Repository): Promise<string> {
  const head = await git(repository, ["rev-parse", "--verify", "--quiet", "HEAD^{tree}"]);
  if (head.status === 0) return head.stdout.toString().trim();
  const empty = await git(repository, ["hash-object", "-t", "tree", "--stdin"]);
  const inside = await git(repository, ["rev-parse", "--git-dir"]);
  if (inside.status !== 0) throw new CannotLook(refusal(inside.stderr, repository.folder));
  return empty.stdout.toString().trim();
}

function objectSources(repository: Repository, wanted: WantedLists<Note>): Sources {
  const problems: Problem[] = [];
  return { sources: told(readObjects(repository, wanted, problems), problems), problems };
}

async function* told(objects: AsyncIterable<GitObject<Note>>, problems: Problem[]): AsyncGenerator<Source> {
  for await (const { object, type, size, note, chunks } of objects) {
    const { path, commit } = note;
    if (type === "tree" && note.missing)
      problems.push(
        `Folders are left out of this clone, and what is in tree ${object} was not looked at; clone without a filter.`,
      );
    if (type === "blob") yield { path, commit, object, size, chunks };
    if (type === "commit" || type === "tag") {
      yield { path: MESSAGE_PATH, commit, object, size, chunks: () => messageOf(chunks()) };
    }
  }
}

/** Behind the headers of a commit or tag: what follows its first empty line. */
async function* messageOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let headers: Buffer | undefined = Buffer.alloc(0);
  for await (const chunk of chunks) {
    if (headers === undefined) {
      yield chunk;
      continue;
    }
    headers = Buffer.concat([headers, chunk]);
    const end: number = headers.indexOf("\n\n");
    if (end === -1) continue;
    yield headers.subarray(end + 2);
    headers = undefined;
  }
}
