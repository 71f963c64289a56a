import { didYouMean } from "../../../schemas/json/nearest.ts";
import type { BoxItem } from "../items/item.ts";
import type { BoxState } from "../state.ts";

/** Finds users and items by what a document calls them. */
export class Places {
  readonly #state: BoxState;
  /** By folder and lower-case name; in a root by its owner as well. What is in the trash has no place. */
  readonly #byName = new Map<string, BoxItem>();

  constructor(state: BoxState) {
    this.#state = state;
    for (const item of state.items.values()) this.enter(item);
  }

  enter(item: BoxItem): void {
    if (item.trashed === undefined) this.#byName.set(keyOf(item), item);
  }

  in(parentId: string, ownerId: string, name: string): BoxItem | undefined {
    return this.#byName.get(keyOf({ parentId, ownerId, name }));
  }

  /** The item at a path of the owner's. */
  at(path: string, ownerId: string): BoxItem | undefined {
    let parentId = "0";
    let found: BoxItem | undefined;
    for (const name of path.split("/").slice(1)) {
      found = this.in(parentId, ownerId, name);
      if (found === undefined) return undefined;
      parentId = found.id;
    }
    return found;
  }

  /** A user's id by id or login, or a sentence. */
  userId(given: string): { readonly id: string } | { readonly fault: string } {
    const { users } = this.#state;
    if (users.has(given)) return { id: given };
    const wanted = given.toLowerCase();
    for (const { id, login } of users.values()) if (login.toLowerCase() === wanted) return { id };
    const logins = [...users.values()].map(({ login }) => login);
    return {
      fault: `No user has this login or id.${didYouMean(given, logins)} There are ${logins.join(", ")}.`,
    };
  }

  /** The owner that an entry names, or the Service Account of the first app. */
  ownerId(given: string | undefined): { readonly id: string } | { readonly fault: string } {
    if (given !== undefined) return this.userId(given);
    const [app] = this.#state.apps.values();
    if (app !== undefined) return { id: app.serviceAccountId };
    return { fault: "There is no app whose Service Account could own this; name an owner." };
  }
}

const keyOf = ({ parentId, ownerId, name }: Pick<BoxItem, "parentId" | "ownerId" | "name">): string =>
  JSON.stringify([parentId, parentId === "0" ? ownerId : "", name.toLowerCase()]);
