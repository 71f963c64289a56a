import type { Randomness, RequestContext } from "../ports.ts";
import type { Replaced, TableItem, TokenTable } from "./table.ts";

/**
 * What replaces an item: the next fencing number, and a writer of its own.
 * @param seen undefined where there is none
 */
export function nextItem(
  { table, random }: { readonly table: Pick<TokenTable, "now">; readonly random: Randomness },
  seen: TableItem | undefined,
  content: Omit<TableItem, "fence" | "writer">,
): TableItem {
  // The first number of an item is the time: an item that was deleted begins above all numbers that it had.
  const fence = seen === undefined ? Math.floor(table.now()) : seen.fence + 1;
  return { ...content, fence, writer: random.jti() };
}

/**
 * Writes `item` instead of `seen`, unless another writer was faster. May be repeated with the same item: a write
 * of which only the response was lost counts as done.
 */
export async function replaceItem(
  table: Pick<TokenTable, "replace">,
  key: string,
  seen: TableItem | undefined,
  item: TableItem,
  context: RequestContext,
): Promise<Replaced> {
  const result = await table.replace(key, seen?.fence, item, context);
  const isOwn = !result.replaced && result.current?.writer === item.writer;
  return isOwn ? { replaced: true } : result;
}
