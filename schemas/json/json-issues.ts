import type { IssueTable } from "./issue-text.ts";

const QUOTES = "Put every name and string into double quotes; true, false and null are lower case.";
const COMPLETE = "Check that the document is complete and every bracket and quote is closed.";
const SAVE_AS_UTF8 =
  "Save it as UTF-8: iconv -f UTF-16 -t UTF-8 IN > OUT, or in PowerShell Out-File -Encoding utf8.";

/** What can be wrong with a text as JSON (RFC 8259). */
export const JSON_ISSUES = {
  json_empty: {
    message: "The document is empty.",
    fix: "Put the JSON document there; check that the file was saved and read.",
  },
  json_malformed: {
    message: "The document is not JSON (RFC 8259).",
    fix: "Write it with a JSON serializer.",
  },
  json_encoding: {
    message: "The document is not UTF-8 text: it looks like UTF-16 or a binary file.",
    fix: SAVE_AS_UTF8,
  },
  json_utf16: { message: "The document is UTF-16.", fix: SAVE_AS_UTF8 },
  json_byte_order_mark: {
    message: "The document begins with a byte order mark.",
    fix: "Save it as UTF-8 without BOM.",
  },
  json_too_deep: ({ levels }: { readonly levels: number }) => ({
    message: `The document nests more than ${levels} levels deep.`,
    fix: "Remove the needless nesting.",
  }),
  json_too_large: ({ characters }: { readonly characters: number }) => ({
    message: `The document is larger than ${characters} characters.`,
    fix: "Shorten it; check that it is the right file.",
  }),
  property_repeated: {
    message: "This property occurs twice in the same object.",
    fix: "Keep one of them.",
  },
  json_value_invalid: { message: "There is no JSON value here.", fix: QUOTES },
  json_number_invalid: {
    message: "This is not a JSON number.",
    fix: "Write digits without leading zeros.",
  },
  json_name_expected: {
    message: "A property name in double quotes is expected here.",
    fix: "Quote the name, or remove a comma before the closing brace.",
  },
  json_value_expected: {
    message: "A value is expected here.",
    fix: "Add the value, or remove a comma too many.",
  },
  json_colon_expected: {
    message: "A colon is expected here.",
    fix: "Put a colon between the property's name and its value.",
  },
  json_comma_expected: {
    message: "A comma is expected here.",
    fix: "Put a comma between two properties or elements.",
  },
  json_object_unclosed: { message: "The document ends inside an object.", fix: COMPLETE },
  json_array_unclosed: { message: "The document ends inside an array.", fix: COMPLETE },
  json_text_after_end: {
    message: "Something follows the end of the document.",
    fix: "Remove it: one file, one document.",
  },
  json_comment: { message: "JSON has no comments.", fix: "Remove the comment." },
  json_hash_comment: { message: "JSON has no comments, and # begins none.", fix: "Remove the comment." },
  json_string_unclosed: {
    message: "This string is not closed on its line.",
    fix: String.raw`Close the quote; write a newline inside a string as \n.`,
  },
  json_number_incomplete: {
    message: "This number is incomplete.",
    fix: "Complete it, or write it as a string.",
  },
  json_unicode_escape: {
    message: String.raw`This string has a broken \u escape.`,
    fix: String.raw`Write \u and four hex digits.`,
  },
  json_escape: {
    message: "This string has a backslash that starts no JSON escape.",
    fix: String.raw`Write a backslash as \\ and a newline as \n.`,
  },
  json_control_character: {
    message: "This string holds a raw control character, such as a tab or a line break.",
    fix: String.raw`Write it as an escape: \t, \n or \u001f.`,
  },
  json_conflict_marker: {
    message: "This line is a marker of a merge conflict.",
    fix: "Keep one side of the conflict and remove the lines with <<<<<<<, ======= and >>>>>>>.",
  },
  json_code_fence: {
    message: "This line is a fence of a Markdown code block.",
    fix: "Remove the fences and everything outside of them: only what is between them is the document.",
  },
  json_typographic_quote: {
    message: "This is a typographic quotation mark, which word processors and chats make of a straight one.",
    fix: 'Write every quotation mark as ", for example in a plain text editor.',
  },
  issues_omitted: ({ count }: { readonly count: number }) => ({
    message: `There are ${count} more issues.`,
    fix: "Correct these first.",
  }),
} as const satisfies IssueTable;
