import type { BoxItem } from "./items/item.ts";
import type { BoxUser } from "./state.ts";

/** What an API call did. */
export interface Change {
  /** Box's `event_type`: `ITEM_UPLOAD`, `ITEM_RENAME`. */
  readonly type: string;
  readonly item?: BoxItem;
  /** The user that it happened to. */
  readonly user?: BoxUser;
  /** What the event and the webhook have besides. */
  readonly details?: Readonly<Record<string, unknown>>;
  /** The user on whose behalf it was done. */
  readonly by: BoxUser;
  /** By Box's clock, in milliseconds since 1970. */
  readonly at: number;
}

export interface Changes {
  emit(change: Change): void;
  /** Calls `listener` with every later change, in the order in which they happen. @returns a function that ends it */
  subscribe(listener: (change: Change) => void): () => void;
}

export function changeFeed(): Changes {
  const listeners = new Set<(change: Change) => void>();
  return {
    emit(change) {
      for (const listener of listeners) listener(change);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
