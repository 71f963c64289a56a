import { ScanError } from "../source.ts";
import { GitBatchProcess } from "./batch-process.ts";
import { DIFF_OPTIONS, type Repository } from "./git.ts";

/** What a tree has under a name and another has not, or has otherwise. */
export interface TreeEntry {
  readonly mode: string;
  readonly object: string;
  /** What the other tree has there, if that is a tree too. */
  readonly old: string | undefined;
}

export interface TreePair {
  readonly old: string;
  readonly tree: string;
}

export const pairOf = (old: string, tree: string) => `${old} ${tree}`;

/** The tree without entries, which Git knows in every repository, in SHA-1 or SHA-256 as `like` is. */
export const emptyTree = (like: string): string =>
  like.length === 40
    ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
    : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";

const TREE = "040000";
const ARGUMENTS = ["diff-tree", "--stdin", "-z", ...DIFF_OPTIONS];

type Entries = ReadonlyMap<string, TreeEntry>;

/** Compares pairs of trees, each level by itself, with one Git for all of them. */
export class TreeDiffs {
  readonly #git: GitBatchProcess;
  readonly #folder: string;

  constructor(repository: Repository) {
    this.#folder = repository.folder;
    this.#git = new GitBatchProcess(repository, ARGUMENTS);
  }

  /** For each pair the entries that are new or changed in the tree, by name; without the content of folders. */
  async compare(pairs: readonly TreePair[]): Promise<ReadonlyMap<string, Entries>> {
    const found = new Map<string, Map<string, TreeEntry>>();
    let entries = new Map<string, TreeEntry>();
    let entry: string | undefined;
    for (const field of await this.#git.request(
      pairs.map(({ old, tree }) => `${pairOf(old, tree)}\n`).join(""),
    )) {
      if (entry !== undefined) {
        const one = entryOf(entry);
        if (one) entries.set(field, one);
        entry = undefined;
        continue;
      }
      // `OLD TREE` and a line feed before the first entry of each pair, which may have none.
      const lines = field.split("\n");
      entry = lines.pop() || undefined;
      for (const pair of lines) {
        entries = new Map();
        found.set(pair, entries);
      }
    }
    // Git does not fail at what is no tree.
    if (pairs.some(({ old, tree }) => !found.has(pairOf(old, tree))))
      throw new ScanError({ code: "repository_unreadable", folder: this.#folder });
    return found;
  }

  end(): void {
    this.#git.end();
  }
}

/** `:MODE MODE OBJECT OBJECT STATUS`; nothing for what is gone. */
function entryOf(text: string): TreeEntry | undefined {
  const [before, mode = "", old, object = ""] = text.slice(1).split(" ");
  if (/^0*$/.test(object)) return undefined;
  return { mode, object, old: before === TREE ? old : undefined };
}
