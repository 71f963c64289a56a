/** What a person reads of an issue. No value of a document is in it. */
export interface IssueText {
  /** What is wrong and what is allowed, as one sentence. */
  readonly message: string;
  /** What to do about it, as one sentence or command. */
  readonly fix: string;
}

/** Texts by code. Where a text depends on facts, the row is a function of them and of the issue's `suggestion`. */
export type IssueTable = Readonly<
  Record<string, IssueText | ((facts: never, suggestion: string | undefined) => IssueText)>
>;

/** The codes of a table whose text depends on nothing. */
export type PlainCode<Table extends IssueTable> = {
  [Code in keyof Table]: Table[Code] extends IssueText ? Code : never;
}[keyof Table];

type FactsOf<Row> = Row extends (facts: infer Facts, suggestion: string | undefined) => IssueText
  ? Facts
  : never;

/** Code and facts for each row of a table whose text depends on facts, or on the suggestion alone. */
export type FactualIssue<Table extends IssueTable> = {
  [Code in Exclude<keyof Table, PlainCode<Table>>]: FactsOf<Table[Code]> extends undefined
    ? { readonly code: Code; readonly facts?: never }
    : { readonly code: Code; readonly facts: FactsOf<Table[Code]> };
}[Exclude<keyof Table, PlainCode<Table>>];

/** The text of a code in a table that has it. */
export function textIn(
  table: IssueTable,
  {
    code,
    facts,
    suggestion,
  }: { readonly code: string; readonly facts?: unknown; readonly suggestion?: string },
): IssueText {
  const row = table[code];
  if (row === undefined) throw new Error(`no text for the issue code ${code}`);
  return typeof row === "function" ? row(facts as never, suggestion) : row;
}
