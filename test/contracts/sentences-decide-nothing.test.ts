import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = ["schemas", "keys", "functions", "action", "infra"];

const FILES = FOLDERS.flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith(".ts") && !file.includes("generated")),
);
const textOf = (file: string) => readFileSync(join(ROOT, file), "utf8");

/** What texts for people are called, and the functions that make them. */
const TEXT = String.raw`(?:\b(?:message|fix|remedy|sentence|title|description)\b|\b(?:issueText|mappedIssueText|textIn|problemText|problemSentence|formatIssues?)\([^()]*\)(?:\.\w+)?)`;
/** Code that compares or searches such a text. */
const READS_A_TEXT = new RegExp(
  [
    String.raw`${TEXT}\??\.(?:startsWith|endsWith|includes|match|matchAll|search|indexOf|split)\(`,
    String.raw`\.(?:exec|test)\((?:\w+\.)*${TEXT}\)`,
    String.raw`${TEXT}\s*[!=]==\s*["'\x60]`,
    String.raw`["'\x60]\s*[!=]==\s*(?:\w+\.)*${TEXT}`,
  ].join("|"),
);

/**
 * The only places where a text may be searched: it is another program's, which has no code. A place that reads a text of
 * ours gets a code to decide by instead.
 */
const TEXTS_OF_OTHERS: Readonly<Record<string, string>> = {
  "action/cli/options.ts": "Node's parseArgs names the unknown option in its message alone",
  "functions/box/responses.ts": "Box's error_description",
  "infra/report-errors.ts": "splits the lines of an error for one annotation each",
};

describe("a text for people", () => {
  test("decides nothing: no code compares or searches one", () => {
    const reading = FILES.filter((file) => READS_A_TEXT.test(textOf(file)));
    expect(reading.toSorted()).toEqual(Object.keys(TEXTS_OF_OTHERS).toSorted());
  });

  /** An Issue and a ScanProblem hold no text: without one of these functions no code can read one. */
  const MAKES_A_TEXT =
    /import [^;]*\b(?:issueText|mappedIssueText|textIn|problemText|problemSentence)\b[^;]*;/;
  const RENDERING = [
    "action/cli/baseline.ts",
    "action/cli/run.ts",
    "action/github/scan-plan.ts",
    "action/rules/schema/issue-finding.ts",
    "action/rules/schema/issues.ts",
    "action/rules/schema/schema.ts",
    "action/sources/files/git-ls-files.ts",
    "action/suppressions/load.ts",
    "schemas/json/issue.ts",
  ];

  test("is made of a code in reports, in findings and in notices, and nowhere else", () => {
    const making = FILES.filter((file) => MAKES_A_TEXT.test(textOf(file)));
    expect(making.filter((file) => !file.startsWith("action/report/")).toSorted()).toEqual(RENDERING);
  });
});

test.each([
  '!fix.startsWith("Remove")',
  "message.includes(x)",
  "/^Did you/.exec(fix)",
  "R.test(issue.message)",
  "issueText(issue).message.startsWith(x)",
  "problemText(problem).includes(x)",
  "R.test(one.two.fix)",
  'if (issue.message === "The document is empty.")',
])("the check recognises %s", (code) => expect(code).toMatch(READS_A_TEXT));

test.each(["const { message, fix } = issueText(issue);", "[message, fix].join()", "messages.includes(one)"])(
  "the check accepts %s",
  (code) => expect(code).not.toMatch(READS_A_TEXT),
);
