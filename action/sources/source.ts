import type { Scanned } from "../scan/finding.ts";

/** One blob or message to look at, read only when asked for, in pieces of bounded size. */
export interface Source {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  /** The first commit that brings it in; null for the index, the work tree and plain paths. */
  readonly commit: string | null;
  /** The name of the annotated tag whose message it is; then `commit` is null. */
  readonly tag?: string;
  /** The Git object that it is, where it is one. */
  readonly object?: string;
  /**
   * The path is one of several that the content may have, or leads through a symbolic link. No suppression by path
   * counts under it.
   */
  readonly uncertainPath?: true;
  /** Bytes. */
  readonly size: number;
  /** The content in order; can be read once. A piece is valid until the next one, or the next source, is asked for. */
  chunks(): AsyncIterable<Buffer>;
  /** What `RULES` say of it, where another thread has looked at it already; then there are no chunks. */
  readonly scanned?: Scanned;
}

/** What could not be scanned, as one sentence with the remedy. It never stops the rest of a scan. */
export type Problem = string;

/** Things to look at, and what of them could not be had: `problems` is complete once `sources` is exhausted. */
export interface Sources {
  readonly sources: AsyncIterable<Source>;
  readonly problems: readonly Problem[];
  /** Remarks about how it was scanned; complete once `sources` is exhausted. */
  readonly notices?: readonly string[];
}

/** Nothing can be looked at: one sentence with the remedy. */
export class CannotLook extends Error {
  override readonly name = "CannotLook";
}
