import type { IssueTable, IssueText } from "../../../schemas/json/issue-text.ts";

const reason = (why: string, fix: string): IssueText => ({
  message: `The document is not YAML: ${why}.`,
  fix,
});

/** What can be wrong with a text as YAML 1.2. The parser's own messages quote the text, so none of them is used. */
export const YAML_ISSUES = {
  yaml_unreadable: {
    message:
      "The document is not YAML that can be read: it is nested too deeply, or its aliases grow without end.",
    fix: "Simplify it.",
  },
  yaml_alias_properties: reason(
    "an alias has a tag or an anchor",
    "Remove it: an alias is the node that it names.",
  ),
  yaml_alias_unknown: {
    message: "This alias has no anchor.",
    fix: "Add the anchor before it, or write the value.",
  },
  yaml_collection_tag: reason(
    "a tag does not fit the list or object behind it",
    "Correct or remove the tag.",
  ),
  yaml_directive: reason("a line that begins with % is no directive", "Correct it, or quote the text."),
  yaml_escape: {
    message: "This string has a backslash that starts no YAML escape.",
    fix: String.raw`Write a backslash as \\, or use single quotes.`,
  },
  yaml_indentation: { message: "This line is not indented like its neighbours.", fix: "Align it with them." },
  yaml_property_order: reason(
    "an anchor or tag is not in front of its value",
    "Move it there, on the same line.",
  ),
  yaml_reserved_character: reason("a value begins with a reserved character", "Quote the value."),
  yaml_block_as_name: reason("a list or object is where a name belongs", "Write it on a line of its own."),
  yaml_block_in_flow: reason(
    "a block is inside of brackets",
    "Write it with brackets too, or remove the outer ones.",
  ),
  yaml_unparsable: reason("the parser gave up here", "Check indentation, quotes and brackets."),
  yaml_name_too_long: reason("a name is longer than 1,024 characters", "Close its quote, or shorten it."),
  yaml_character_missing: {
    message: "A character is missing here.",
    fix: "Close the quote or bracket, or add the colon.",
  },
  yaml_name_over_lines: reason("a name goes over several lines", "Add the colon, or quote the text."),
  yaml_multiple_anchors: reason("a value has two anchors", "Keep one of them."),
  yaml_second_document: reason("there is a second document", "Separate documents by a line with ---."),
  yaml_multiple_tags: reason("a value has two tags", "Keep one of them."),
  yaml_name_not_string: reason("a name is no string", "Quote it."),
  yaml_too_complex: reason("it is nested too deeply, or has too many aliases", "Simplify it."),
  yaml_tab: { message: "A tab indents this line.", fix: "Indent by spaces." },
  yaml_tag: reason("a tag is not known, or its value does not fit it", "Correct or remove the tag."),
  yaml_unexpected_text: reason(
    "something is here that cannot follow what is before it",
    "Check quotes, colons and indentation.",
  ),
} as const satisfies IssueTable;
