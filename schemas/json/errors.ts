import type { Issue } from "./issue.ts";

const document = (message: string, fix: string): Issue => ({ pointer: "", message, fix, line: 1, column: 1 });

const QUOTES = "Put every name and string into double quotes; true, false and null are lower case.";
const COMPLETE = "Check that the document is complete and every bracket and quote is closed.";

/** What can be wrong with a text before there is a document to point into. */
export const NOT_JSON = {
  empty: document(
    "The document is empty.",
    "Put the JSON document there; check that the file was saved and read.",
  ),
  malformed: document("The document is not JSON (RFC 8259).", "Write it with a JSON serializer."),
  wrongEncoding: document(
    "The document is not UTF-8 text: it looks like UTF-16 or a binary file.",
    "Save it as UTF-8: iconv -f UTF-16 -t UTF-8 IN > OUT, or in PowerShell Out-File -Encoding utf8.",
  ),
  duplicate: document("This property occurs twice in the same object.", "Keep one of them."),
  tooDeep: (depth: number) =>
    document(`The document nests more than ${depth} levels deep.`, "Remove the needless nesting."),
  tooLarge: (length: number) =>
    document(
      `The document is larger than ${length} characters.`,
      "Shorten it; check that it is the right file.",
    ),
} as const;

/** What each syntax error of the parser means, by the parser's name of it. */
export const SYNTAX_ERRORS: Readonly<Record<string, Issue>> = {
  InvalidSymbol: document("There is no JSON value here.", QUOTES),
  InvalidNumberFormat: document("This is not a JSON number.", "Write digits without leading zeros."),
  PropertyNameExpected: document(
    "A member name in double quotes must stand here.",
    "Quote the name, or remove a comma before the closing brace.",
  ),
  ValueExpected: document("A value must stand here.", "Add the value, or remove a comma too many."),
  ColonExpected: document("A colon must stand here.", "Put a colon between the member's name and its value."),
  CommaExpected: document("A comma must stand here.", "Put a comma between two members or elements."),
  CloseBraceExpected: document("The document ends inside an object.", COMPLETE),
  CloseBracketExpected: document("The document ends inside an array.", COMPLETE),
  EndOfFileExpected: document(
    "Something follows the end of the document.",
    "Remove it: one file, one document.",
  ),
  InvalidCommentToken: document("JSON has no comments.", "Remove the comment."),
  UnexpectedEndOfString: document(
    "This string is not closed on its line.",
    String.raw`Close the quote; write a newline inside a string as \n.`,
  ),
  UnexpectedEndOfNumber: document("This number is incomplete.", "Complete it, or write it as a string."),
  InvalidUnicode: document(
    String.raw`This string has a broken \u escape.`,
    String.raw`Write \u and four hex digits.`,
  ),
  InvalidEscapeCharacter: document(
    "This string has a backslash that starts no JSON escape.",
    String.raw`Write a backslash as \\ and a newline as \n.`,
  ),
  InvalidCharacter: document(
    "This string holds a raw control character, such as a tab or a line break.",
    String.raw`Write it as an escape: \t, \n or \u001f.`,
  ),
};

interface Foreign {
  /** The text at which the parser fails. */
  readonly begins: RegExp;
  /** Only at the beginning of a line. */
  readonly line?: true;
  readonly issue: Issue;
}

/** What is no JSON and comes into it so often that it has advice of its own. */
const FOREIGN: readonly Foreign[] = [
  {
    begins: /^(?:<{7}|\|{7}|={7}|>{7})(?:\s|$)/,
    line: true,
    issue: document(
      "This line is a marker of a merge conflict.",
      "Keep one side of the conflict and remove the lines with <<<<<<<, ======= and >>>>>>>.",
    ),
  },
  {
    begins: /^(?:`{3}|~{3})/,
    issue: document(
      "This line is a fence of a Markdown code block.",
      "Remove the fences and everything outside of them: only what is between them is the document.",
    ),
  },
  {
    begins: /^#/,
    issue: document("JSON has no comments, and # begins none.", "Remove the comment."),
  },
  {
    begins: /^[\u2018-\u201f\u00ab\u00bb]/,
    issue: document(
      "This is a typographic quotation mark, which word processors and chats make of a straight one.",
      'Write every quotation mark as ", for example in a plain text editor.',
    ),
  },
];

/** The issue with what is no JSON at this 0-based character of the line; undefined if it is nothing in particular. */
export function foreignIssue(line: string, character: number): Issue | undefined {
  const rest = line.slice(character);
  return FOREIGN.find((row) => (!row.line || character === 0) && row.begins.test(rest))?.issue;
}
