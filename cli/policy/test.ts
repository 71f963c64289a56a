import { jsonText, visible } from "../../action/report/escape.ts";
import { formatCount } from "../../action/report/phrases.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import { ok, refused } from "../../schemas/result.ts";
import { command, EXIT } from "../command.ts";
import { documentName, readDocument } from "../documents.ts";
import { type Paint, painter } from "../terminal.ts";
import { type Decision, decide, decisionText } from "./decision.ts";
import { type Expectation, parseExpectations } from "./expectations.ts";
import { loadPolicy } from "./load.ts";

/** Faults of a file of expectations that are printed. */
const MAX_PRINTED = 10;

export const test = command({
  name: "policy test",
  description: [
    "Runs the requests of TESTS against POLICY, with the code of the token function, and fails where one is not",
    "decided as expected. TESTS is JSON, or YAML by its name; schemas/policy-test.schema.json describes it.",
  ],
  operands: ["POLICY", "TESTS"],
  options: {},
  examples: ["box-sts policy test box-sts.policy.json policy-tests.yaml"],
  exits: { 0: "all as expected", 1: "some are not", 2: "wrong use, or a file that is not valid" },
  async run({ values, operands: [policyPath = "", path = ""] }, terminal) {
    const policy = await loadPolicy(policyPath);
    if (!policy.ok) return policy;
    const document = await readDocument(path);
    if (!document.ok) return document;
    const expectations = parseExpectations(path, document.value);
    if (!expectations.ok) {
      const shown = expectations.error.slice(0, MAX_PRINTED).join(" ");
      const more = expectations.error.length - MAX_PRINTED;
      return refused(
        `${documentName(path)} is no valid file of tests. ${shown}${more > 0 ? ` (and ${more} more)` : ""}`,
      );
    }
    const outcomes = expectations.value.map((expected) => outcomeOf(policy.value, expected));
    const failed = outcomes.filter(({ passed }) => !passed);
    terminal.out(
      values.json ? json(outcomes) : wrapLines(table(path, outcomes, painter(terminal)), terminal),
    );
    return ok(failed.length === 0 ? EXIT.ok : EXIT.finding);
  },
});

interface Outcome {
  readonly expected: Expectation;
  readonly decision: Decision;
  readonly passed: boolean;
}

function outcomeOf(policy: Policy, expected: Expectation): Outcome {
  const decision = decide(policy, expected);
  const { expect, statement, code } = expected;
  const asNamed =
    decision.decision === "allow"
      ? statement === undefined || statement === decision.statement
      : code === undefined || code === decision.code;
  return { expected, decision, passed: decision.decision === expect && asNamed };
}

function expectedText({ expect, statement, code }: Expectation): string {
  if (statement !== undefined) return `${expect} by the statement ${statement}`;
  return code === undefined ? expect : `${expect} (${code})`;
}

function table(path: string, outcomes: readonly Outcome[], paint: Paint): string {
  const failed = outcomes.filter(({ passed }) => !passed);
  const rows = failed.flatMap(({ expected, decision }) => [
    `${paint("red", "FAIL")}  ${visible(`${documentName(path)}:${expected.line}  ${expected.name}`)}`,
    `      expected  ${visible(expectedText(expected))}`,
    `      decided   ${visible(decisionText(decision))}`,
  ]);
  const total = formatCount(outcomes.length, "test");
  const verdict =
    failed.length === 0
      ? `${total}: ${paint("green", "all as expected")}`
      : `${total}: ${paint("red", `${failed.length} not as expected`)}`;
  return [...rows, verdict, ""].join("\n");
}

const json = (outcomes: readonly Outcome[]): string =>
  `${jsonText({
    passed: outcomes.every(({ passed }) => passed),
    tests: outcomes.map(({ expected: { name, line, expect, statement, code }, decision, passed }) => ({
      name,
      line,
      passed,
      expected: { decision: expect, statement, code },
      decided: decision,
    })),
  })}\n`;
