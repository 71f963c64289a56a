import type { Position } from "../../schemas/json/position.ts";
import type { Encoding } from "./text.ts";

/**
 * What a rule scans: a whole file, or one window of a file that is too large to be held at once. Windows
 * overlap by more than any key takes, so a rule needs no memory of the one before.
 */
export interface Content {
  /** Relative to the repository's root, with `/`; for a commit or tag message: `COMMIT_MESSAGE`. */
  readonly path: string;
  readonly bytes: Buffer;
  /** False for a window of a larger file. */
  readonly whole: boolean;
  /** The first bytes of the file, which a later window does not hold. */
  readonly head?: Buffer;
  /** 1-based position of the first byte of `bytes` in the file. */
  readonly start: Position;
  /** That of the file, which its first bytes show; without it, what `bytes` show. */
  readonly encoding?: Encoding;
}
