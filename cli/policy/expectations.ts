import { type MappedIssue, mappedIssueText } from "../../action/rules/schema/issues.ts";
import { ANY_KEYWORDS } from "../../action/rules/schema/keywords.ts";
import { readMapped } from "../../action/rules/schema/mapped-document.ts";
import validate from "../../schemas/generated/policy-test.js";
import { explainBy } from "../../schemas/json/explain.ts";
import schema from "../../schemas/policy-test.schema.json" with { type: "json" };
import { ok, type Result, refused } from "../../schemas/result.ts";
import { type PolicyRequest, policyRequest, type WrittenRequest } from "./request.ts";

/** A row of a file of expectations; `policy-test.schema.json` describes it. */
interface WrittenExpectation extends WrittenRequest {
  readonly name?: string;
  readonly expect: "allow" | "deny";
  readonly statement?: string;
  readonly code?: "unauthorized_client" | "invalid_request";
}

/** A request, and what a policy must decide about it. */
export interface Expectation extends PolicyRequest {
  readonly name: string;
  /** The caller as the row has it. */
  readonly writtenCaller: string;
  /** Of the row, in the file. */
  readonly line: number;
  readonly expect: "allow" | "deny";
  /** The statement that must allow it. */
  readonly statement?: string;
  /** With which it must be denied. */
  readonly code?: string;
}

const MAX_LENGTH = 8 * 1024 * 1024;

/** The expectations of a JSON or YAML file; otherwise everything that is wrong with it, a sentence each. */
export function parseExpectations(
  path: string,
  text: string,
): Result<readonly Expectation[], readonly string[]> {
  const { documents, issues } = readMapped(path, Buffer.from(text), MAX_LENGTH);
  const [document, second] = documents;
  if (issues.length > 0) return refused(issues.map(sentence));
  if (document === undefined) return refused(["The file is empty."]);
  if (second !== undefined) return refused(["The file has more than one YAML document; write one."]);
  const { value, locate } = document;
  if (!validate(value))
    return refused(
      // The texts are those of any schema, which need the facts that its keywords have.
      explainBy(ANY_KEYWORDS, validate.errors ?? [], { schema, value, locate }).map(sentence),
    );
  const rows = (value as { readonly tests: readonly WrittenExpectation[] }).tests.map((row, index) => {
    const { line } = locate(`/tests/${index}`);
    const read = expectation(row, line);
    return read.ok ? read : refused(`/tests/${index} (line ${line}): ${read.error}`);
  });
  const wrong = rows.flatMap((row) => (row.ok ? [] : [row.error]));
  return wrong.length > 0 ? refused(wrong) : ok(rows.flatMap((row) => (row.ok ? [row.value] : [])));
}

function expectation(row: WrittenExpectation, line: number): Result<Expectation, string> {
  const { name = requestText(row), expect, statement, code } = row;
  if (expect === "deny" && statement !== undefined) {
    return refused("A denied request has no statement; remove statement, or expect allow.");
  }
  if (expect === "allow" && code !== undefined) {
    return refused("An allowed request has no code; remove code, or expect deny.");
  }
  const request = policyRequest(row);
  if (!request.ok) return request;
  return ok({
    ...request.value,
    name,
    writtenCaller: row.caller,
    line,
    expect,
    ...(statement !== undefined && { statement }),
    ...(code !== undefined && { code }),
  });
}

const requestText = ({ caller, app, subject = "enterprise", scope, resource }: WrittenRequest): string =>
  [
    caller,
    app,
    subject,
    ...(scope === undefined ? [] : [scope]),
    ...(resource === undefined ? [] : [resource]),
  ].join(", ");

function sentence(issue: MappedIssue): string {
  const { message, fix } = mappedIssueText(issue);
  const { pointer, position } = issue;
  const at = position === undefined ? "" : ` (line ${position.line}, column ${position.column})`;
  return `${pointer === "" ? "(document)" : pointer}${at}: ${message} ${fix}`.trimEnd();
}
