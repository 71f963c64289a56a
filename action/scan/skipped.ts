import { byText } from "../report/report.ts";

interface KindFacts {
  /** `file`, of which there are so many. */
  readonly noun: string;
  /** What was not done with it. */
  readonly what: string;
  /** Whether it fails a run where `fail-on-skipped` says nothing else: a key could be hidden behind it. */
  readonly fails: boolean;
}

/** What a scan may leave unread, by the name that `fail-on-skipped` and the reports have for it. */
export const SKIPPED_KINDS = {
  archive: { noun: "archive", what: "not unpacked", fails: false },
  encoded: { noun: "file", what: "with more encoded text than is decoded, the rest unread", fails: true },
  nested: {
    noun: "file",
    what: "encoded more times over than is decoded, the inmost unread",
    fails: true,
  },
  passphrases: {
    noun: "file",
    what: "with more passphrases or slower locks than are tried on its encrypted keys",
    fails: true,
  },
  keys: { noun: "file", what: "with more private keys than are read, the rest unread", fails: true },
  time: { noun: "file", what: "that took longer to read than it may, the rest unread", fails: true },
  lfs: { noun: "Git LFS pointer", what: "whose file is not read", fails: false },
  submodule: { noun: "submodule", what: "whose own commits are not read", fails: false },
  copies: {
    noun: "path",
    what: "of a file or a whole folder that was read under other names",
    fails: false,
  },
  secrets: { noun: "file", what: "with more Box secrets or names for them than are reported", fails: true },
  oversized: { noun: "file", what: "too large to be read as a Box config or policy", fails: true },
  /** Fails nothing by itself: a secret that is not compared with its suppressions is reported. */
  suppressions: {
    noun: "file",
    what: "with more Box secrets than are compared with the hashes of suppressions; the others are reported",
    fails: false,
  },
} as const satisfies Record<string, KindFacts>;

export type SkippedKind = keyof typeof SKIPPED_KINDS;

/** In the order of the table. */
export const SKIPPED_KIND_NAMES = Object.keys(SKIPPED_KINDS) as readonly SkippedKind[];

/** Records a kind of skipped content; the same one any number of times. */
export type OnSkipped = (skippedKind: SkippedKind) => void;

/** The kinds of skipped content that fail a run. */
export type FailOnSkipped = ReadonlySet<SkippedKind>;

export const FAIL_BY_DEFAULT: FailOnSkipped = new Set(
  SKIPPED_KIND_NAMES.filter((skippedKind) => SKIPPED_KINDS[skippedKind].fails),
);

/** Where something was skipped; `commit` is null outside of a history, or where it is not known. */
interface SkippedPlace {
  readonly path: string;
  readonly commit: string | null;
}

/** Everything of one kind that a scan has left unread. */
export interface Skipped {
  readonly kind: SkippedKind;
  /** Whether it fails this run. */
  readonly fails: boolean;
  readonly count: number;
  /** The first `MAX_PLACES` of them by path, then by commit. */
  readonly places: readonly SkippedPlace[];
}

/** As many as a result of SARIF may have. */
const MAX_PLACES = 1000;

/** What a whole scan has skipped: counted and named, so that it does not pass for clean. */
export class SkippedList {
  readonly #skipped = new Map<SkippedKind, { count: number; readonly places: SkippedPlace[] }>();

  add(skippedKinds: readonly SkippedKind[], { path, commit }: SkippedPlace): void {
    for (const skippedKind of skippedKinds) {
      const known = this.#skipped.get(skippedKind) ?? { count: 0, places: [] };
      this.#skipped.set(skippedKind, known);
      known.count++;
      known.places.push({ path, commit });
      if (known.places.length === 2 * MAX_PLACES) keepFirst(known.places);
    }
  }

  count(skippedKind: SkippedKind): number {
    return this.#skipped.get(skippedKind)?.count ?? 0;
  }

  /** In the order of the table. */
  list(failing: FailOnSkipped): readonly Skipped[] {
    return SKIPPED_KIND_NAMES.flatMap((kind) => {
      const skipped = this.#skipped.get(kind);
      if (skipped === undefined) return [];
      keepFirst(skipped.places);
      return [{ kind, fails: failing.has(kind), ...skipped }];
    });
  }
}

/** Several threads scan: the order in which they report decides nothing. */
function keepFirst(places: SkippedPlace[]): void {
  places.sort((one, other) => byText(one.path, other.path) || byText(one.commit ?? "", other.commit ?? ""));
  places.splice(MAX_PLACES);
}
