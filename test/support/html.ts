/** One element of a page. */
export interface HtmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly parent: HtmlElement | undefined;
  /** Of the element and everything in it, decoded. */
  text: string;
}

const VOID: ReadonlySet<string> = new Set(["br", "hr", "img", "input", "link", "meta"]);
const TOKEN = /<(\/?)([a-z][a-z0-9]*)((?:\s+[a-z-]+(?:="[^"<]*")?)*)\s*>|([^<]+)|(<)/g;
const ATTRIBUTE = /([a-z-]+)(?:="([^"<]*)")?/g;
const ENTITY = /&(?:amp|lt|gt|quot|#39);/g;
const CHARACTERS: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#39;": "'",
};

const decoded = (text: string): string => {
  if (text.replaceAll(ENTITY, "").includes("&")) throw new Error(`A bare & in ${JSON.stringify(text)}`);
  return text.replaceAll(ENTITY, (entity) => CHARACTERS[entity] ?? "");
};

/**
 * Every element of a document, in order. Stricter than a browser, which repairs anything: each tag is closed where it
 * has to be, each attribute is quoted and given once, and nothing is left unescaped. @throws Error that quotes what is
 * wrong
 */
export function parseHtml(document: string): readonly HtmlElement[] {
  const doctype = "<!DOCTYPE html>\n";
  if (!document.startsWith(doctype)) throw new Error("The document has no doctype.");
  const all: HtmlElement[] = [];
  let open: HtmlElement | undefined;
  for (const [token, closing, name = "", attributes = "", text, stray] of document
    .slice(doctype.length)
    .matchAll(TOKEN)) {
    if (stray !== undefined) throw new Error(`A bare < after ${JSON.stringify(all.at(-1)?.text)}`);
    if (text !== undefined) addText(open, decoded(text));
    else if (closing === "/") open = closed(open, name, token);
    else {
      const element = { name, attributes: attributesOf(attributes), parent: open, text: "" };
      all.push(element);
      if (!VOID.has(name)) open = element;
    }
  }
  if (open !== undefined) throw new Error(`<${open.name}> is not closed`);
  return all;
}

function addText(open: HtmlElement | undefined, text: string): void {
  for (let at = open; at !== undefined; at = at.parent) at.text += text;
}

function closed(open: HtmlElement | undefined, name: string, token: string): HtmlElement | undefined {
  if (open?.name !== name) throw new Error(`${token} closes <${open?.name}>`);
  return open.parent;
}

function attributesOf(source: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  for (const [token, name = "", value = ""] of source.matchAll(ATTRIBUTE)) {
    if (attributes.has(name)) throw new Error(`${token} is given twice`);
    attributes.set(name, decoded(value));
  }
  return attributes;
}

const BLOCKS: ReadonlySet<string> = new Set(
  "article div dl footer form h1 h2 h3 h4 header main nav ol p pre section table ul".split(" "),
);
const PHRASING: ReadonlySet<string> = new Set(
  "a abbr button code h1 h2 h3 h4 label p pre span strong summary".split(" "),
);
const CHILDREN: Readonly<Record<string, readonly string[]>> = {
  ul: ["li"],
  dl: ["div"],
  table: ["thead", "tbody"],
  thead: ["tr"],
  tbody: ["tr"],
  tr: ["th", "td"],
  select: ["option", "optgroup"],
  optgroup: ["option"],
};
const FORMS: ReadonlySet<string> = new Set(["form"]);
const INTERACTIVE: ReadonlySet<string> = new Set(["a", "button", "input", "select", "summary"]);

/** What is wrong with the content model, the headings, the names of controls and the references by id. */
export function htmlProblems(all: readonly HtmlElement[]): readonly string[] {
  const rules = [
    duplicateIds,
    wrongParents,
    nesting,
    brokenReferences,
    wrongHeadings,
    namelessControls,
    inlineCode,
  ];
  return rules.flatMap((rule) => rule(all));
}

type Rule = (all: readonly HtmlElement[]) => readonly string[];

const tag = ({ name, attributes }: HtmlElement): string =>
  `<${[name, ...[...attributes].map(([key, value]) => `${key}="${value}"`)].join(" ")}>`;

const idsOf = (all: readonly HtmlElement[]): readonly string[] =>
  all.flatMap(({ attributes }) => attributes.get("id") ?? []);

const duplicateIds: Rule = (all) =>
  idsOf(all)
    .filter((id, at, ids) => ids.indexOf(id) !== at)
    .map((id) => `the id ${id} is given twice`);

const wrongParents: Rule = (all) =>
  all
    .filter(({ name, parent }) => {
      const allowed = CHILDREN[parent?.name ?? ""];
      return allowed?.includes(name) === false || (BLOCKS.has(name) && PHRASING.has(parent?.name ?? ""));
    })
    .map((element) => `${tag(element)} in <${element.parent?.name}>`);

const nesting: Rule = (all) =>
  all.flatMap((element) => {
    const group = [FORMS, INTERACTIVE].find((names) => names.has(element.name));
    for (let at = element.parent; at !== undefined; at = at.parent)
      if (group?.has(at.name)) return [`${tag(element)} in <${at.name}>`];
    return [];
  });

const brokenReferences: Rule = (all) => {
  const ids = new Set(idsOf(all));
  return all.flatMap((element) => {
    const { name, attributes } = element;
    const named = ["aria-labelledby", "aria-describedby", "for"].flatMap(
      (key) => attributes.get(key)?.split(" ") ?? [],
    );
    const href = attributes.get("href") ?? "";
    const anchors = name === "a" && href.startsWith("#") ? [href.slice(1)] : [];
    return [...named, ...anchors]
      .filter((id) => !ids.has(id))
      .map((id) => `${tag(element)} refers to no #${id}`);
  });
};

const wrongHeadings: Rule = (all) => {
  const levels = all.flatMap(({ name }) => /^h([1-6])$/.exec(name)?.[1] ?? []).map(Number);
  const skipped = levels.filter((level, at) => level > (levels[at - 1] ?? 0) + 1);
  return [
    ...skipped.map((level) => `an <h${level}> skips a level`),
    ...(levels.filter((level) => level === 1).length === 1 ? [] : ["there is not one <h1>"]),
  ];
};

const namelessControls: Rule = (all) => {
  const labelled = new Set(
    all.map(({ name, attributes }) => (name === "label" ? attributes.get("for") : undefined)),
  );
  return all
    .filter(({ name, attributes, text }) => {
      if (name === "button") return text.trim() === "" && !attributes.get("aria-label");
      const isField = name === "select" || (name === "input" && attributes.get("type") !== "hidden");
      return isField && !labelled.has(attributes.get("id"));
    })
    .map((element) => `${tag(element)} has no name`);
};

const inlineCode: Rule = (all) =>
  all.filter(({ attributes }) => [...attributes.keys()].some((key) => /^on|^style$/.test(key))).map(tag);
