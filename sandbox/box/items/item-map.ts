import type { BoxItem } from "./item.ts";

/** The items of a Box by id, with the items of each folder. */
export class ItemMap extends Map<string, BoxItem> {
  readonly #byParent = new Map<string, Map<string, BoxItem>>();
  #lastNumber = 0;

  override set(id: string, item: BoxItem): this {
    this.#leaveFolder(this.get(id));
    this.#enterFolder(item);
    return super.set(id, item);
  }

  override delete(id: string): boolean {
    this.#leaveFolder(this.get(id));
    return super.delete(id);
  }

  override clear(): void {
    super.clear();
    this.#byParent.clear();
    this.#lastNumber = 0;
  }

  /** An id that no item has or had. */
  nextId(): string {
    do this.#lastNumber = Math.max(this.#lastNumber, this.size) + 1;
    while (this.has(idOf(this.#lastNumber)));
    return idOf(this.#lastNumber);
  }

  /** What has the folder as its parent, in the trash or not; for `0` the roots of all users. */
  childrenOf(folderId: string): readonly BoxItem[] {
    return [...(this.#byParent.get(folderId)?.values() ?? [])];
  }

  move(item: BoxItem, parentId: string): void {
    this.#leaveFolder(item);
    Object.assign(item, { parentId });
    this.#enterFolder(item);
  }

  #enterFolder(item: BoxItem): void {
    const siblings = this.#byParent.get(item.parentId) ?? new Map<string, BoxItem>();
    this.#byParent.set(item.parentId, siblings.set(item.id, item));
  }

  #leaveFolder(item: BoxItem | undefined): void {
    if (item !== undefined) this.#byParent.get(item.parentId)?.delete(item.id);
  }
}

const idOf = (number: number): string => `4${String(number).padStart(9, "0")}`;
