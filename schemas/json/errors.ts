import type { PlainCode } from "./issue-text.ts";
import type { JSON_ISSUES } from "./json-issues.ts";

type SyntaxCode = PlainCode<typeof JSON_ISSUES>;

/** What each syntax error of the parser means, by the parser's name of it. */
export const SYNTAX_ERRORS: Readonly<Record<string, SyntaxCode>> = {
  InvalidSymbol: "json_value_invalid",
  InvalidNumberFormat: "json_number_invalid",
  PropertyNameExpected: "json_name_expected",
  ValueExpected: "json_value_expected",
  ColonExpected: "json_colon_expected",
  CommaExpected: "json_comma_expected",
  CloseBraceExpected: "json_object_unclosed",
  CloseBracketExpected: "json_array_unclosed",
  EndOfFileExpected: "json_text_after_end",
  InvalidCommentToken: "json_comment",
  UnexpectedEndOfString: "json_string_unclosed",
  UnexpectedEndOfNumber: "json_number_incomplete",
  InvalidUnicode: "json_unicode_escape",
  InvalidEscapeCharacter: "json_escape",
  InvalidCharacter: "json_control_character",
};

interface Foreign {
  /** The text at which the parser fails. */
  readonly begins: RegExp;
  /** Only at the beginning of a line. */
  readonly line?: true;
  readonly code: SyntaxCode;
}

/** What is no JSON and comes into it so often that it has advice of its own. */
const FOREIGN: readonly Foreign[] = [
  { begins: /^(?:<{7}|\|{7}|={7}|>{7})(?:\s|$)/, line: true, code: "json_conflict_marker" },
  { begins: /^(?:`{3}|~{3})/, code: "json_code_fence" },
  { begins: /^#/, code: "json_hash_comment" },
  { begins: /^[\u2018-\u201f\u00ab\u00bb]/, code: "json_typographic_quote" },
];

/** What is no JSON at this 0-based character of the line; undefined if it is nothing in particular. */
export function foreignCode(line: string, character: number): SyntaxCode | undefined {
  const rest = line.slice(character);
  return FOREIGN.find((row) => (!row.line || character === 0) && row.begins.test(rest))?.code;
}
