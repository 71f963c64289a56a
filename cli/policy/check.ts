import { jsonText, visible } from "../../action/report/escape.ts";
import { formatCount } from "../../action/report/phrases.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import { formatIssue, type Issue, issueText } from "../../schemas/json/issue.ts";
import { readPolicy } from "../../schemas/policy/parse.ts";
import { policyWarnings } from "../../schemas/policy/warnings.ts";
import { ok } from "../../schemas/result.ts";
import { command, EXIT } from "../command.ts";
import { documentName, readDocument } from "../documents.ts";
import { type Paint, painter } from "../terminal.ts";

export const check = command({
  name: "policy check",
  description: [
    "Reports everything that is wrong with a policy, and what is valid and probably not meant, each with its",
    "code, line and column. Warnings do not change the exit status without --strict. FILE - is the standard input.",
  ],
  operands: ["FILE"],
  options: { strict: { type: "boolean", help: "warnings count as errors" } },
  examples: ["box-sts policy check box-sts.policy.json"],
  exits: { 0: "valid", 1: "not valid", 2: "wrong use, or a file that cannot be read" },
  async run({ values, operands: [path = ""] }, terminal) {
    const document = await readDocument(path);
    if (!document.ok) return document;
    const found = inspect(document.value);
    const valid = found.errors.length === 0 && (!values.strict || found.warnings.length === 0);
    terminal.out(
      values.json
        ? json(path, valid, found)
        : wrapLines(lines(path, valid, found, painter(terminal)), terminal),
    );
    return ok(valid ? EXIT.ok : EXIT.finding);
  },
});

interface Inspected {
  /** Of a policy without errors. */
  readonly statements?: number;
  readonly errors: readonly Issue[];
  readonly warnings: readonly Issue[];
}

function inspect(text: string): Inspected {
  const read = readPolicy(text);
  if (!read.ok) return { errors: read.error, warnings: [] };
  const statements = read.value.policy.statements.length;
  return { statements, errors: [], warnings: policyWarnings(read.value) };
}

function lines(path: string, valid: boolean, found: Inspected, paint: Paint): string {
  const { statements, errors, warnings } = found;
  const issueLines = [
    ...errors.map((issue) => `${paint("red", "error")}: ${line(issue)}`),
    ...warnings.map((issue) => `${paint("yellow", "warning")}: ${line(issue)}`),
  ];
  const counts = [
    ...(statements === undefined
      ? [formatCount(errors.length, "error")]
      : [formatCount(statements, "statement")]),
    ...(warnings.length === 0 ? [] : [formatCount(warnings.length, "warning")]),
  ];
  const verdict = valid ? paint("green", "valid") : paint("red", "not valid");
  return [...issueLines, [verdict, ...counts].join(", ")]
    .map((text) => `${visible(documentName(path))}: ${text}\n`)
    .join("");
}

const json = (file: string, valid: boolean, { statements, errors, warnings }: Inspected): string =>
  `${jsonText({ valid, file, statements, errors: errors.map(asJson), warnings: warnings.map(asJson) })}\n`;

const line = (issue: Issue): string => visible(`${formatIssue(issue)} [${issue.code}]`);

/** An issue for programs: its code is the contract, its texts are for people. */
function asJson(issue: Issue): object {
  const { code, pointer, position, suggestion } = issue;
  return { code, pointer, ...position, ...(suggestion !== undefined && { suggestion }), ...issueText(issue) };
}
