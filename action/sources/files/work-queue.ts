import type { Scanned } from "../../scan/finding.ts";

/** One file or symbolic link on the disk. */
export interface ListedFile {
  /** Where to read it. */
  readonly file: string;
  /** What to call it: relative to the repository's root, with `/`. */
  readonly path: string;
  readonly isLink: boolean;
  /** The path leads through a symbolic link, so the file is not where it says. */
  readonly throughLink?: true;
}

/** Files that are claimed at a time: a claim costs next to nothing, and no thread waits long for the last one. */
const CLAIM = 16;

/** Files that threads claim for themselves, each as it has time. Its two properties can be sent to another thread. */
export interface FileList {
  readonly files: readonly ListedFile[];
  /** Shared memory: the number of files that are claimed. */
  readonly claimed: Int32Array<SharedArrayBuffer>;
}

export const fileList = (files: readonly ListedFile[]): FileList => ({
  files,
  claimed: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
});

/** The files that no other thread has claimed, until there are none. */
export function* claims({ files, claimed }: FileList): Generator<ListedFile> {
  for (;;) {
    const from = Atomics.add(claimed, 0, CLAIM);
    if (from >= files.length) return;
    yield* files.slice(from, from + CLAIM);
  }
}

/** A worker that scans files at the same time as the main thread. */
export interface ScanWorker {
  /**
   * Claims files until there are none, and returns by path what is in them. A file without a result was not scanned.
   * Never rejects: a worker that fails has scanned nothing.
   */
  scan(list: FileList): Promise<ReadonlyMap<string, Scanned>>;
  stop(): void;
}

export type StartWorker = () => ScanWorker;
