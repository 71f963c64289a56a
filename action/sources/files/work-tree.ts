import type { Problem, Source, Sources } from "../source.ts";
import { fileSources } from "./read.ts";
import { listedFiles, type Selection } from "./walk.ts";
import {
  claims,
  type FileList,
  fileList,
  type Helper,
  type ListedFile,
  type StartHelper,
} from "./work-queue.ts";

/** Fewer files are looked at before another thread has started. */
const WORTH_HELP = 500;
/** Files whose names are held at a time. */
const HELD = 4_096;

/**
 * Files and what is inside folders, as it is on the disk. Without a selection that is everything, hidden and ignored
 * names included; only `.git` is left out. A symbolic link is its target's name and is not followed.
 * `root` is what paths are told relative to. Where there are many files, a helper looks at some of them.
 */
export function pathSources(
  root: string,
  paths: readonly string[],
  startHelper?: StartHelper,
  selection: Selection = {},
): Sources {
  const problems: Problem[] = [];
  const notices: string[] = [];
  const files = listedFiles(root, paths, selection, { problems, notices });
  return { sources: sources(files, problems, startHelper), problems, notices };
}

type Files = AsyncIterator<ListedFile>;

async function* sources(
  files: Files,
  problems: Problem[],
  startHelper: StartHelper | undefined,
): AsyncGenerator<Source> {
  let some = await taken(files, WORTH_HELP);
  if (some.length < WORTH_HELP || startHelper === undefined) {
    for (; some.length > 0; some = await taken(files, HELD)) yield* fileSources(some, problems);
    return;
  }
  const helper = startHelper();
  try {
    while (some.length > 0) {
      const list = fileList(some);
      const helping = helper.look(list);
      // Listed while the helper starts, or works: it waits for nothing but the last files of each list.
      const next = await taken(files, HELD);
      yield* shared(list, helping, problems);
      some = next;
    }
  } finally {
    helper.stop();
  }
}

/** What the helper has not looked at, for whatever reason, is looked at here. */
async function* shared(
  list: FileList,
  helping: ReturnType<Helper["look"]>,
  problems: Problem[],
): AsyncGenerator<Source> {
  const own = new Set<ListedFile>();
  for (const file of claims(list)) {
    own.add(file);
    yield* fileSources([file], problems);
  }
  const theirs = await helping;
  for (const listed of list.files) {
    if (own.has(listed)) continue;
    const scanned = theirs.get(listed.path);
    if (scanned === undefined) yield* fileSources([listed], problems);
    else {
      const { path, throughLink } = listed;
      const size = scanned.bytes;
      yield {
        path,
        commit: null,
        size,
        scanned,
        chunks: nothing,
        ...(throughLink && { uncertainPath: true }),
      };
    }
  }
}

async function* nothing(): AsyncGenerator<Buffer> {}

async function taken(files: Files, most: number): Promise<ListedFile[]> {
  const some: ListedFile[] = [];
  while (some.length < most) {
    const next = await files.next();
    if (next.done) break;
    some.push(next.value);
  }
  return some;
}
