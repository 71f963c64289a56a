/**
 * Names and messages come from the repository, and so from anyone who can push to it. Every format escapes them
 * once, here, for the reader that will interpret them.
 */

/** Control and format characters (ANSI, writing direction, zero width, tags), lone surrogates, fillers. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * The beginning of a command anywhere in a line: `##[group]` of GitHub and Azure, `##vso[task…]` of Azure Pipelines,
 * `##teamcity[…]` of TeamCity.
 */
const LOG_COMMAND = /##(\w*)\[/g;

const codePoint = (character: string) => `\\u{${character.codePointAt(0)?.toString(16)}}`;

/**
 * On one line and with everything to be seen, for terminals and logs. GitHub's runner takes `::` at the beginning
 * of a line, and in its old form `##[` anywhere in it, for a command, as other services take theirs: none is left.
 */
export const visible = (text: string): string =>
  text
    .replace(UNSEEN, (character) => NAMED[character] ?? codePoint(character))
    .replace(LOG_COMMAND, `##$1${codePoint("[")}`)
    .replace(/^(\s*):(?=:)/u, `$1${codePoint(":")}`);

/** At most so many UTF-16 code units, no pair of them cut apart, with an ellipsis where something was cut. */
export function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${text.slice(0, limit - 1).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** For what follows the second `::` of a workflow command; GitHub shows its line breaks. */
export const commandData = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");

/** For a value between `=` and `,` of a workflow command. */
export const commandProperty = (text: string): string =>
  commandData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");

const reference = (character: string) => `&#${character.charCodeAt(0)};`;

/** What has a meaning in GitHub's Markdown, be it at the beginning of a block or a link without brackets. */
const MARKED = /[&<>`*_[\]|~\\$]|:(?=\S)|(?<=www)\.|^[#+=-]|(?<=^\d{1,9})[.)]|@(?=\w)|(?<!\w)#(?=\d)/giu;

/**
 * Plain words in Markdown, also in a table: no markup, HTML, link, image, mention or reference comes of them.
 * GitHub searches for mentions after it renders the Markdown: a zero-width space hides them from it, as Dependabot
 * does.
 */
export const markdownText = (text: string): string =>
  visible(text.trim()).replace(MARKED, (character) =>
    character === "@" || character === "#" ? `${reference(character)}&#8203;` : reference(character),
  );

/** What code spans show as it is, in tables too. */
const HARMLESS = /^[\p{L}\p{N}_./:@#,=+()~-]+(?: [\p{L}\p{N}_./:@#,=+()~-]+)*$/u;

/** Code in Markdown, also in a table. Spans cannot escape, so whatever is not harmless is HTML. */
export function markdownCode(text: string): string {
  const line = visible(text);
  if (HARMLESS.test(line)) return `\`${line}\``;
  return `<code>${line.replace(/[!-,.:-@[-`{-~]|^\s|\s$/gu, reference)}</code>`;
}

/** Plain text of SARIF, in which `[text](target)` would be a link. */
export const sarifText = (text: string): string => visible(text).replaceAll("](", "] (");

const unit = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** JSON on one line that means the same as `JSON.stringify`'s and that no terminal or runner interprets. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value)
    .replace(UNSEEN, (character) => character.split("").map(unit).join(""))
    .replace(LOG_COMMAND, `##$1${unit("[")}`);

/** A path with `/` as a reference of RFC 3986: relative, or `file:` where the path is absolute. */
export function pathUri(path: string): string {
  const encoded = path.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${encoded}` : encoded;
}

/** One word of a POSIX shell, for a command that a person pastes; in quotes only where the text needs them. */
export const shellWord = (text: string): string =>
  /^[\w.:/@%+=,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
