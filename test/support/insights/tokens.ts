import { InsightsError } from "./syntax.ts";

/** A symbol is an operator or a mark; the text of a name in backticks is without them. */
export interface Token {
  readonly kind: "name" | "number" | "period" | "string" | "regex" | "symbol";
  readonly text: string;
}

/**
 * A name has letters, digits, `_`, `@` and dots; any other needs backticks, so that `foo-bar` is a subtraction. A
 * string has no backslash: AWS does not document what one would do.
 */
const FORMS: readonly (readonly [Token["kind"], RegExp])[] = [
  ["period", /(\d+(?:ms|s|m|h|d|w))\b/y],
  ["number", /(\d+(?:\.\d+)?)(?![\w.@])/y],
  ["name", /(@{0,2}[A-Za-z_]\w*(?:\.\w+)*)/y],
  ["name", /`([^`]+)`/y],
  ["string", /"([^"\\\n]*)"/y],
  ["string", /'([^'\\\n]*)'/y],
  ["symbol", /(!=|<=|>=|=~|[=<>()[\],|*+-])/y],
];
/** `/` begins a regular expression after `like` and `=~`, and divides elsewhere. */
const REGEX = /\/((?:\\.|[^/\\\n])+)\//y;
const DIVISION = /(\/)/y;
const BLANK = /(?:\s|#[^\n]*)+/y;

export function tokensOf(query: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = skipBlank(query, 0);
  while (at < query.length) {
    const before = tokens.at(-1);
    const isPattern = before?.text === "like" || before?.text === "=~";
    const slash = isPattern ? (["regex", REGEX] as const) : (["symbol", DIVISION] as const);
    const found = [...FORMS, slash].flatMap(([kind, form]) => {
      form.lastIndex = at;
      const match = form.exec(query);
      return match === null ? [] : [{ kind, text: match[1] ?? "", end: form.lastIndex }];
    })[0];
    if (found === undefined) throw new InsightsError(`Unexpected at ${at}: ${query.slice(at, at + 20)}`);
    tokens.push({ kind: found.kind, text: found.text });
    at = skipBlank(query, found.end);
  }
  return tokens;
}

function skipBlank(query: string, at: number): number {
  BLANK.lastIndex = at;
  return BLANK.test(query) ? BLANK.lastIndex : at;
}
