import type { ScanProblem } from "../../scan/problem.ts";
import { ScanError } from "../source.ts";
import type { OpenRepository } from "./open-repository.ts";
import { readObjects } from "./read-objects.ts";
import { isFolder, treeEntries, wholeOf } from "./tree-entries.ts";

/** The names of paths, each below its folder. */
interface Names {
  readonly inside: Map<string, Names>;
  /** The path that ends here. */
  path?: string;
}

interface FileAt {
  readonly object: string;
  readonly path: string;
}

/**
 * What a commit has under these paths. They are compared with the names in its trees: a path that is not UTF-8 has lost
 * bytes when it was read, so that no command could name it to Git.
 */
export async function* filesAt(
  repository: OpenRepository,
  commit: string,
  paths: readonly string[],
): AsyncGenerator<FileAt> {
  const problems: ScanProblem[] = [];
  let level = [{ object: `${commit}^{tree}`, note: namesOf(paths) }];
  while (level.length > 0) {
    const folders: Folders = new Map();
    for await (const one of readObjects(repository, inOneList(level), problems)) {
      const bytes = one.arrived() ?? (await wholeOf(one.chunks()));
      yield* filesIn({ bytes, object: one.object, names: one.note }, folders);
    }
    level = [...folders].flatMap(([note, objects]) => [...objects].map((object) => ({ object, note })));
  }
  const [problem] = problems;
  if (problem?.code === "clone_partial") throw new ScanError(problem);
  if (problem !== undefined)
    throw new ScanError({ code: "repository_unreadable", folder: repository.folder });
}

function namesOf(paths: readonly string[]): Names {
  const root: Names = { inside: new Map() };
  for (const path of paths) {
    let here = root;
    for (const name of path.split("/")) {
      const next = here.inside.get(name) ?? { inside: new Map() };
      here.inside.set(name, next);
      here = next;
    }
    here.path = path;
  }
  return root;
}

/** Trees by the names that are to be found in them: each once, although names that are not UTF-8 may lead to it twice. */
type Folders = Map<Names, Set<string>>;

interface Tree {
  readonly object: string;
  readonly bytes: Buffer;
  readonly names: Names;
}

/** The files of a tree that have a path; the folders that may have more of them are put into `folders`. */
function* filesIn({ object, bytes, names }: Tree, folders: Folders): Generator<FileAt> {
  for (const entry of treeEntries(bytes, object.length / 2)) {
    const known = names.inside.get(entry.name);
    if (known === undefined) continue;
    if (isFolder(entry)) folders.set(known, (folders.get(known) ?? new Set()).add(entry.object()));
    else if (known.path !== undefined) yield { object: entry.object(), path: known.path };
  }
}

async function* inOneList<Item>(items: readonly Item[]): AsyncGenerator<readonly Item[]> {
  yield items;
}
