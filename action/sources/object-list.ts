import type { Readable } from "node:stream";
import { ended, type Repository, refusal, startGit } from "./git.ts";
import { CannotLook } from "./source.ts";

/** Commits to look at, in Git's own words for them. */
export interface CommitRange {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Also all branches and tags. */
  readonly all?: boolean;
}

/** An object that a range brings in, under the first commit and path that have it. */
export interface ListedObject {
  readonly object: string;
  /** Null for commits and tags. A line feed in a name ends it: `git rev-list` prints no more. */
  readonly path: string | null;
  readonly commit: string;
  /** It is not in this clone; Git may know where to get it. Its path is not known. */
  readonly missing?: true;
}

const UNKNOWN_PATH = "(unknown path)";

/**
 * Everything that is reachable from `include` and not from `exclude`, oldest commit first, so that an object
 * stands under the commit that brought it. Trees are left out: the root ones have an empty path, and a new tree
 * is followed by something new inside it; the few others are told by `git cat-file`.
 */
export async function* listObjects(
  repository: Repository,
  { include, exclude, all = false }: CommitRange,
): AsyncGenerator<ListedObject> {
  const args = [
    "rev-list",
    "--objects",
    "--in-commit-order",
    "--topo-order",
    "--reverse",
    "--missing=print",
    "--stdin",
  ];
  if (all) args.push("--all");
  const child = startGit(repository, args, ["pipe", "pipe", "pipe"]);
  const closed = ended(child, repository.folder);
  closed.catch(() => {});
  let stderr = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    stderr += chunk.toString("utf8");
  });
  child.stdin?.on("error", () => {});
  child.stdin?.end([...include, ...exclude.map((revision) => `^${revision}`), ""].join("\n"));
  yield* parse(lines(child.stdout as Readable));
  if ((await closed) !== 0) throw new CannotLook(refusal(stderr, repository.folder));
}

/** One object a line: `OBJECT` is a commit, `OBJECT PATH` what it brings in, `?OBJECT` is missing. */
async function* parse(lines: AsyncIterable<string>): AsyncGenerator<ListedObject> {
  let commit = "";
  let before: ListedObject | undefined;
  for await (const line of lines) {
    const [object = "", path] = split(line);
    if (before !== undefined && !isFolderOf(before.path, path)) yield before;
    if (path === undefined && !line.startsWith("?")) commit = object;
    if (line.startsWith("?")) before = { object: object.slice(1), path: UNKNOWN_PATH, commit, missing: true };
    else before = path === "" ? undefined : { object, path: path ?? null, commit };
  }
  if (before) yield before;
}

function split(line: string): readonly [string, string?] {
  const space = line.indexOf(" ");
  return space === -1 ? [line] : [line.slice(0, space), line.slice(space + 1)];
}

const isFolderOf = (path: string | null, inside: string | undefined) =>
  path !== null && inside?.startsWith(`${path}/`) === true;

/** Lines of a stream; names are decoded as UTF-8. */
async function* lines(stream: Readable): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    const last = chunk.lastIndexOf(10);
    if (last === -1) {
      rest = Buffer.concat([rest, chunk]);
      continue;
    }
    const text = Buffer.concat([rest, chunk.subarray(0, last)]).toString("utf8");
    rest = chunk.subarray(last + 1);
    yield* text.split("\n");
  }
  if (rest.length > 0) yield rest.toString("utf8");
}
