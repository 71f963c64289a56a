/** Longer addresses are cut by clients. */
const LONGEST = 2_000;

/**
 * The address of a page that a person can open, as the documents of this project are published: `https:`, without
 * credentials and without a fragment, because the name of a heading is put behind it. Undefined for anything else.
 */
export function helpPage(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, username, password, hash, href } = new URL(text);
  const isPage = protocol === "https:" && username === "" && password === "" && hash === "";
  return isPage && !text.includes("#") && href.length <= LONGEST ? href : undefined;
}
