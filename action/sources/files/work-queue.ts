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

/** Files that threads claim for themselves, each as it has time. Its two members can be sent to another thread. */
export interface FileList {
  readonly files: readonly ListedFile[];
  /** Shared memory: the number of files that are claimed. */
  readonly claimed: Int32Array<SharedArrayBuffer>;
}

export const fileList = (files: readonly ListedFile[]): FileList => ({
  files,
  claimed: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)),
});

/** The files that nobody else has claimed, until there are none. */
export function* claims({ files, claimed }: FileList): Generator<ListedFile> {
  for (;;) {
    const from = Atomics.add(claimed, 0, CLAIM);
    if (from >= files.length) return;
    yield* files.slice(from, from + CLAIM);
  }
}

/** Somebody who looks at files at the same time. */
export interface Helper {
  /**
   * Claims files until there are none, and tells by path what is in them. A file of which nothing is told was not
   * looked at. Never rejects: who fails has looked at nothing.
   */
  look(list: FileList): Promise<ReadonlyMap<string, Scanned>>;
  stop(): void;
}

export type StartHelper = () => Helper;
