import type { BoxItem } from "../../items/item.ts";

/**
 * Whether an item has every word of the query, or every phrase in quotation marks, in the texts of the given content
 * types. Box's operators are not read: a word `OR` is a word.
 */
export function matcher(query: string, contentTypes: readonly string[]): (item: BoxItem) => boolean {
  const terms = termsOf(query);
  return (item) => {
    const texts = [
      ...(contentTypes.includes("name") ? [item.name] : []),
      ...(contentTypes.includes("description") ? [item.description] : []),
      ...(contentTypes.includes("tag") ? item.tags : []),
    ].map((text) => text.toLowerCase());
    return terms.length > 0 && terms.every((term) => texts.some((text) => text.includes(term)));
  };
}

/** An exact name first, then one that begins so, then one that has it, then the rest. */
export function relevance(query: string, { name }: BoxItem): number {
  const text = termsOf(query).join(" ");
  const own = name.toLowerCase();
  if (own === text) return 3;
  if (own.startsWith(text)) return 2;
  return own.includes(text) ? 1 : 0;
}

const termsOf = (query: string): readonly string[] =>
  Array.from(
    query.toLowerCase().matchAll(/"([^"]+)"|([^\s"]+)/g),
    ([, phrase, word]) => phrase ?? word ?? "",
  );
