import type { ScanProblem } from "../../scan/problem.ts";
import type { Source, Sources } from "../source.ts";
import { fileSources } from "./read.ts";
import { listedFiles, type Selection } from "./walk.ts";
import {
  claims,
  type FileList,
  fileList,
  type ListedFile,
  type ScanWorker,
  type StartWorker,
} from "./work-queue.ts";

/** A worker takes longer to start than fewer files take to scan. */
const WORTH_WORKER = 500;
/** Files whose names are held at a time. */
const HELD = 4_096;

/**
 * Files and what is inside folders, as it is on the disk. Without a selection that is everything, hidden and ignored
 * names included; only `.git` is left out. A symbolic link is its target's name and is not followed, unless it is named.
 * Paths are relative to `root`. Where there are many files, a worker scans some of them.
 */
export function pathSources(
  root: string,
  paths: readonly string[],
  startWorker?: StartWorker,
  selection: Selection = {},
): Sources {
  const problems: ScanProblem[] = [];
  const notices: string[] = [];
  const files = listedFiles(root, paths, selection, { problems, notices });
  return { sources: sources(files, problems, startWorker), problems, notices };
}

type Files = AsyncIterator<ListedFile>;

async function* sources(
  files: Files,
  problems: ScanProblem[],
  startWorker: StartWorker | undefined,
): AsyncGenerator<Source> {
  let some = await taken(files, WORTH_WORKER);
  if (some.length < WORTH_WORKER || startWorker === undefined) {
    for (; some.length > 0; some = await taken(files, HELD)) yield* fileSources(some, problems);
    return;
  }
  const worker = startWorker();
  try {
    while (some.length > 0) {
      const list = fileList(some);
      const working = worker.scan(list);
      // Listed while the worker starts, or works: it waits for nothing but the last files of each list.
      const next = await taken(files, HELD);
      yield* shared(list, working, problems);
      some = next;
    }
  } finally {
    worker.stop();
  }
}

/** Files that the worker has not scanned, for whatever reason, are scanned here. */
async function* shared(
  list: FileList,
  working: ReturnType<ScanWorker["scan"]>,
  problems: ScanProblem[],
): AsyncGenerator<Source> {
  const own = new Set<ListedFile>();
  for (const file of claims(list)) {
    own.add(file);
    yield* fileSources([file], problems);
  }
  const theirs = await working;
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
