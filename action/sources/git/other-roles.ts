import type { SkippedKind } from "../../scan/skipped.ts";
import type { Source, Sources } from "../source.ts";
import { type ListingContext, type Note, type OnTree, objectSources } from "./commits.ts";
import type { OpenRepository } from "./open-repository.ts";
import { type Requested, type RequestedLists, readObjects } from "./read-objects.ts";
import { isFolder, isSubmodule, type TreeEntry, treeEntries, wholeOf } from "./tree-entries.ts";

/** What of paths decides how contents are read, as keys. */
export interface RoleKeys {
  /** Of a file: none where its path decides nothing. */
  readonly file: (path: string) => readonly string[];
  /** Whether one of the names, which are anywhere in the text, may decide something in a folder that does not. */
  readonly mayDecide: (names: string) => boolean;
  /** Of a folder: in folders with equal keys, files of the same name have equal keys, and so have folders. */
  readonly folder: (path: string) => string;
}

/** No repository has a folder of this name: what it decides is what any folder decides. */
const ANY_FOLDER = "\0/\0";
/** The mode of an entry that is a submodule. */
const SUBMODULE = "160000 ";
/** Names whose keys are kept: the same ones occur in tree after tree. */
const MAX_NAMES = 20_000;

/**
 * In a list of all objects each blob and each tree has one of its paths. This finds the other paths that decide otherwise
 * how a blob is to be read, from the trees that such a list has: each is gone through once for each key of a folder that
 * it is. Memory is held for what the paths decide alone.
 */
export class OtherRoles {
  readonly #repository: OpenRepository;
  #keys: RoleKeys = { file: () => [], folder: () => "", mayDecide: () => false };
  #any = "";
  /** Keys that an object has to be read by, each with a path; what has been read is taken out. */
  readonly #open = new Map<string, Map<string, string>>();
  readonly #read = new Map<string, Set<string>>();
  readonly #skippedKinds = new Map<string, readonly SkippedKind[]>();
  readonly #visited = new Set<string>();
  readonly #trees = new Map<string, { readonly object: string; readonly path: string }>();
  readonly #submodules = new Set<string>();
  readonly #known = new Map<string, Known>();
  /** Keys of folders, by path. */
  readonly #folders = new Map<string, string>();

  constructor(repository: OpenRepository) {
    this.#repository = repository;
  }

  /** Has to be called before the first object is read. */
  use(keys: RoleKeys): void {
    this.#keys = keys;
    this.#any = keys.folder(ANY_FOLDER);
  }

  /** An object was read under its path. */
  note({ object, path, part }: Source, skippedKinds: readonly SkippedKind[]): void {
    if (object === undefined || part !== undefined) return;
    if (skippedKinds.length > 0) this.#skippedKinds.set(object, skippedKinds);
    this.#readBy(object, this.#keys.file(path));
  }

  #readBy(object: string, keys: readonly string[]): void {
    if (keys.length === 0) return;
    const read = this.#read.get(object) ?? new Set();
    const open = this.#open.get(object);
    for (const key of keys) {
      read.add(key);
      open?.delete(key);
    }
    this.#read.set(object, read);
    if (open?.size === 0) this.#open.delete(object);
  }

  /** A tree of the history under one of its paths, which is empty for the root. */
  readonly tree: OnTree = (object, path, bytes) => {
    const folder = this.#folderOf(path);
    if (folder !== this.#any) {
      const visit = `${object} ${folder}`;
      if (this.#visited.has(visit)) return;
      this.#visited.add(visit);
      this.#trees.delete(visit);
    } else if (!this.#mayDecide(bytes)) return;
    for (const entry of treeEntries(bytes, object.length / 2)) this.#entry(entry, path, folder);
  };

  /** The same folders occur in commit after commit. */
  #folderOf(path: string): string {
    const known = this.#folders.get(path);
    if (known !== undefined) return known;
    if (this.#folders.size >= MAX_NAMES) this.#folders.clear();
    const folder = this.#keys.folder(path);
    this.#folders.set(path, folder);
    return folder;
  }

  /** Nearly no tree does: one search of its bytes excludes the others. */
  #mayDecide(bytes: Buffer): boolean {
    const names = bytes.toString("latin1");
    return names.includes(SUBMODULE) || this.#keys.mayDecide(names);
  }

  #entry(entry: TreeEntry, path: string, folder: string): void {
    if (isSubmodule(entry)) return void this.#submodules.add(below(path, entry.name));
    const known = this.#knownOf(entry, path, folder);
    if (known.keys.length === 0 && known.folder === this.#any) return;
    const object = entry.object();
    if (isFolder(entry)) {
      const visit = `${object} ${known.folder}`;
      if (!this.#visited.has(visit)) this.#trees.set(visit, { object, path: below(path, entry.name) });
      return;
    }
    const read = this.#read.get(object);
    for (const key of known.keys) {
      if (read?.has(key)) continue;
      const open = this.#open.get(object) ?? new Map<string, string>();
      if (!open.has(key)) this.#open.set(object, open.set(key, below(path, entry.name)));
    }
  }

  #knownOf(entry: TreeEntry, path: string, folder: string): Known {
    const name = `${folder}\n${isFolder(entry)}\n${entry.name}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#known.size >= MAX_NAMES) this.#known.clear();
    const inside = below(path, entry.name);
    const fresh: Known = isFolder(entry)
      ? { keys: [], folder: this.#keys.folder(inside) }
      : { keys: this.#keys.file(inside), folder: this.#any };
    this.#known.set(name, fresh);
    return fresh;
  }

  /** The objects again that other paths decide to be read in another way, and the submodules. */
  sources(): Sources {
    const context: ListingContext = { problems: [], unread: [] };
    return objectSources(this.#repository, this.#requested(context), context);
  }

  async *#requested({ problems, unread }: ListingContext): RequestedLists<Note> {
    while (this.#trees.size > 0) {
      const trees = [...this.#trees.values()];
      this.#trees.clear();
      const requested = trees.map(({ object, path }): Requested<string> => ({ object, note: path }));
      for await (const one of readObjects(this.#repository, listOf(requested), problems))
        if (one.type === "tree")
          this.tree(one.object, one.note, one.arrived() ?? (await wholeOf(one.chunks())));
    }
    for (const path of this.#submodules) unread.push({ path, commit: null, skippedKind: "submodule" });
    yield [...this.#open.keys()].flatMap((object) => this.#furtherReads(object));
  }

  /** The fewest paths, in their order, under which all keys occur. */
  #furtherReads(object: string): readonly Requested<Note>[] {
    const reads: Requested<Note>[] = [];
    for (const path of new Set(this.#open.get(object)?.values())) {
      const keys = this.#keys.file(path);
      if (!keys.some((key) => this.#open.get(object)?.has(key))) continue;
      this.#readBy(object, keys);
      reads.push({ object, note: { path, commit: null, copies: reads.length + 1 } });
    }
    return reads;
  }

  /** What is left unread under a further path, and was not reported of the first one. */
  newlySkipped({ object = "" }: Source, skippedKinds: readonly SkippedKind[]): readonly SkippedKind[] {
    const known = this.#skippedKinds.get(object) ?? [];
    return skippedKinds.filter((skippedKind) => !known.includes(skippedKind));
  }
}

interface Known {
  readonly keys: readonly string[];
  readonly folder: string;
}

const below = (folder: string, name: string) => (folder === "" ? name : `${folder}/${name}`);

async function* listOf<Item>(items: Item): AsyncGenerator<Item> {
  yield items;
}
