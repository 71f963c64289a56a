/** One blob or message to look at, read only when asked for, in pieces of bounded size. */
export interface Source {
  /** Relative to the repository's root, with `/`. */
  readonly path: string;
  /** The first commit that brings it in; null for the index, the work tree and plain paths. */
  readonly commit: string | null;
  /** Bytes. */
  readonly size: number;
  /** The content in order; can be read once. */
  chunks(): AsyncIterable<Buffer>;
}
