import type { CommitPart, Scanned } from "../scan/finding.ts";
import type { ScanProblem } from "../scan/problem.ts";

/** One blob or message to scan, read only on request, in pieces of bounded size. */
export interface Source {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  /** What of a commit or tag it is; then `path` names no file. */
  readonly part?: CommitPart;
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
  /** It is a symbolic link, and the content is the name of its target. */
  readonly isLink?: true | undefined;
  /** Bytes. */
  readonly size: number;
  /** The content in order; can be read once. A piece is valid until the next one, or the next source, is requested. */
  chunks(): AsyncIterable<Buffer>;
  /** All of it, instead of `chunks`, if it is here: waiting for each small source costs more than reading it. */
  readonly arrived?: () => Buffer | undefined;
  /** What `RULES` find in it, if a worker has scanned it already; then there are no chunks. */
  readonly scanned?: Scanned;
}

/** What to scan, and what of it was not available: `problems` is complete once `sources` is exhausted. */
export interface Sources {
  readonly sources: AsyncIterable<Source>;
  readonly problems: readonly ScanProblem[];
  /** Remarks about how it was scanned; complete once `sources` is exhausted. */
  readonly notices?: readonly string[];
}

/** Nothing can be scanned. The message is the problem's code: `problemText` makes the text. */
export class ScanError extends Error {
  override readonly name = "ScanError";
  readonly problem: ScanProblem;

  constructor(problem: ScanProblem, options?: ErrorOptions) {
    super(problem.code, options);
    this.problem = problem;
  }
}
