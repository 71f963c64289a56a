import type { Violated } from "../../../schemas/json/explain.ts";
import type { IssuePlace } from "../../../schemas/json/issue.ts";
import { ISSUES, type Issue } from "../../../schemas/json/issue.ts";
import {
  type FactualIssue,
  type IssueTable,
  type IssueText,
  type PlainCode,
  textIn,
} from "../../../schemas/json/issue-text.ts";
import type { SchemaCode } from "../../../schemas/json/schema-issues.ts";
import { ANY_SCHEMA_ISSUES, type AnySchemaCode } from "./schema-issues.ts";
import { YAML_ISSUES } from "./yaml-issues.ts";

/** What keeps a document from being validated against the user's schema. */
const UNCHECKED_ISSUES = {
  schema_unchecked: {
    message: "The document could not be validated against its schema: it is nested too deeply.",
    fix: "Simplify the document or the schema.",
  },
  schema_too_slow: ({ seconds }: { readonly seconds: number }) => ({
    message: `The document could not be validated against its schema: that took longer than ${seconds} seconds.`,
    fix: "Rewrite the patterns of the schema, so that no two parts of one can take the same characters in turn.",
  }),
  document_too_large: ({ mebibytes }: { readonly mebibytes: number }) => ({
    message: `The file is larger than ${mebibytes} MiB and was not validated against its schema.`,
    fix: "Split it, or narrow the glob.",
  }),
} as const satisfies IssueTable;

/** Everything that can be wrong with a file that a user maps to a schema, for its author. */
export const MAPPED_ISSUES = {
  ...ISSUES,
  ...YAML_ISSUES,
  ...ANY_SCHEMA_ISSUES,
  ...UNCHECKED_ISSUES,
} as const;

/** An issue of such a file. */
export type MappedIssue =
  | Issue
  | (IssuePlace & { readonly code: PlainCode<typeof YAML_ISSUES>; readonly facts?: never })
  | (IssuePlace & { readonly code: PlainCode<typeof UNCHECKED_ISSUES>; readonly facts?: never })
  | (IssuePlace & FactualIssue<typeof UNCHECKED_ISSUES>)
  | Violated<AnySchemaCode | SchemaCode>;

export type MappedIssueCode = keyof typeof MAPPED_ISSUES;

/** What the author of such a file reads. */
export const mappedIssueText = (issue: MappedIssue): IssueText => textIn(MAPPED_ISSUES, issue);
