/** Markup that is safe to put into a page: its texts and attribute values are escaped. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What a template may hold. Only `Html` is taken as it is; `undefined` and `false` leave nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[];

/**
 * Markup from a template literal. Every interpolated text is escaped for element content and for attribute values,
 * which the template has to put in double quotes.
 */
export function html(template: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(
    template.map((text, at) => (at === 0 ? "" : markupOf(parts[at - 1])) + withoutIndent(text)).join(""),
  );
}

function markupOf(part: Part): string {
  if (part === undefined || part === false) return "";
  if (part instanceof Html) return part.toString();
  return typeof part === "object" ? part.map(markupOf).join("") : escaped(String(part));
}

/** Line breaks of the source are white space in the page; its indentation need not be sent. */
const withoutIndent = (text: string): string => text.replaceAll(/\n\s+/g, "\n");

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * The text as the content of an element or of a quoted attribute. Characters that no HTML document may have, and those
 * that reverse the direction of the text after them, are written as U+FFFD.
 */
const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replaceAll(FORBIDDEN, "\uFFFD")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? "");

/** Control characters (C0 but white space, DEL, C1) and the overrides, embeddings and isolates of bidirectional text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it removes
const FORBIDDEN = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;
