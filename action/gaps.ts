import { counted } from "./report/words.ts";

/** What may be left out of a look at one source, and how reports call the sources. */
const GAPS = {
  archive: (count) => `${counted(count, "archive")} not unpacked`,
  encoded: (count) => `${counted(count, "file")} with more encoded text than is decoded, the rest unread`,
  nested: (count) => `${counted(count, "file")} encoded more times over than is decoded, the inmost unread`,
  passphrases: (count) =>
    `${counted(count, "file")} with more passphrases or slower locks than are tried on its encrypted keys`,
  keys: (count) => `${counted(count, "file")} with more private keys than are read, the rest unread`,
  time: (count) => `${counted(count, "file")} that took longer than one may, the rest unread`,
  lfs: (count) => `${counted(count, "pointer")} of Git LFS, the files themselves not looked into`,
  submodule: (count) => `${counted(count, "submodule")}, whose own commits are not looked into`,
  copies: (count) =>
    `${counted(count, "further copy").replace("copys", "copies")} of contents that were looked at under other names`,
  secrets: (count) => `${counted(count, "file")} with more Box secrets or names for them than are told`,
  oversized: (count) => `${counted(count, "file")} too large to be read as a Box config or policy`,
} as const satisfies Record<string, (count: number) => string>;

export type Gap = keyof typeof GAPS;

/** Takes note of a gap; the same one any number of times. */
export type TellGap = (gap: Gap) => void;

/** So many sources are named for each gap. */
const MAX_NAMES = 20;

/** The gaps of a whole scan. What was not looked into is counted and named: nobody should take it for clean. */
export class GapList {
  readonly #sources = new Map<Gap, { count: number; readonly names: Set<string> }>();

  add(gaps: readonly Gap[], path: string): void {
    for (const gap of gaps) {
      const known = this.#sources.get(gap) ?? { count: 0, names: new Set<string>() };
      this.#sources.set(gap, known);
      known.count++;
      if (known.names.size < MAX_NAMES) known.names.add(path);
    }
  }

  count(gap: Gap): number {
    return this.#sources.get(gap)?.count ?? 0;
  }

  /** One sentence for each gap, in the order of the table. */
  sentences(): readonly string[] {
    return (Object.keys(GAPS) as Gap[]).flatMap((gap) => {
      const { count, names } = this.#sources.get(gap) ?? { count: 0, names: [] };
      if (count === 0) return [];
      const more = count - [...names].length;
      return [`${GAPS[gap](count)}: ${[...names].join(", ")}${more > 0 ? `, and ${more} more` : ""}.`];
    });
  }
}
