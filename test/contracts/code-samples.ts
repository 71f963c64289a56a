import { PROBLEM_TEXTS } from "../../action/report/problems.ts";
import { MAPPED_ISSUES } from "../../action/rules/schema/issues.ts";
import type { ProblemCode } from "../../action/scan/problem.ts";
import { ISSUES } from "../../schemas/json/issue.ts";
import { textIn } from "../../schemas/json/issue-text.ts";

/** Facts that are lists; every other fact is one word. */
const LISTS: ReadonlySet<string> = new Set(["allowed", "commits", "known", "repairs"]);
/** Facts that a text can do without: the schema's own words. */
const ABSENT: ReadonlySet<string> = new Set(["expected", "examples"]);

/** Facts of any code, each the name of the fact in capitals, as the documentation writes placeholders. */
const FACTS: Readonly<Record<string, unknown>> = new Proxy(
  {},
  {
    get(_, name) {
      const word = String(name);
      if (ABSENT.has(word)) return undefined;
      if (word === "because") return { code: "default_branch_unnamed" };
      return LISTS.has(word) ? [word.toUpperCase()] : word.toUpperCase();
    },
  },
);

/** The texts of each issue code, with placeholders: first of our own documents, then of files with users' schemas. */
export const issueSamples = (): ReadonlyMap<string, readonly string[]> =>
  new Map(
    Object.keys(MAPPED_ISSUES).map((code) => {
      const sample = (table: Parameters<typeof textIn>[0]) => {
        const suggestion = code === "property_misspelt" ? { suggestion: "NAME" } : {};
        const { message, fix } = textIn(table, { code, facts: FACTS, ...suggestion });
        return `${message} ${fix}`;
      };
      const own = code in ISSUES ? [sample(ISSUES)] : [];
      return [code, [...new Set([...own, sample(MAPPED_ISSUES)])]];
    }),
  );

/** The text of each scan problem, with placeholders. */
export const problemSamples = (): ReadonlyMap<string, readonly string[]> =>
  new Map(
    (Object.keys(PROBLEM_TEXTS) as ProblemCode[]).map((code) => [
      code,
      [(PROBLEM_TEXTS[code] as (facts: unknown) => string)(FACTS)],
    ]),
  );
