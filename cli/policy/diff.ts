import { jsonText } from "../../action/report/escape.ts";
import { ok, refused } from "../../schemas/result.ts";
import { command, EXIT, type ExitStatus } from "../command.ts";
import { type CallerChanges, comparePolicies } from "./diff/compare.ts";
import { markdown, totals } from "./diff/markdown.ts";
import { TooManyClasses } from "./diff/pattern-classes.ts";
import { loadPolicy } from "./load.ts";

/** Which changes make the exit status 1. */
const FAIL_ON = {
  never: () => false,
  gain: (groups) => totals(groups).gains > 0,
  change: (groups) => groups.length > 0,
} satisfies Readonly<Record<string, (groups: readonly CallerChanges[]) => boolean>>;

export const diff = command({
  name: "policy diff",
  description: [
    "Compares two policies by what they decide, not by how they are written: who gains and who loses which tokens,",
    "and which requests get another response. Prints Markdown, for a comment on a pull request.",
  ],
  operands: ["BEFORE", "AFTER"],
  options: {
    "fail-on": {
      type: "string",
      value: "WHAT",
      choices: Object.keys(FAIL_ON),
      help: "never (default), gain (a caller gains something), or change",
    },
  },
  examples: [
    "git show main:box-sts.policy.json | box-sts policy diff - box-sts.policy.json",
    "box-sts policy diff old.json new.json --fail-on gain",
  ],
  exits: { 0: "compared", 1: "there is what --fail-on names", 2: "wrong use, or a policy that is not valid" },
  async run({ values, operands: [beforePath = "", afterPath = ""] }, terminal) {
    const fails = FAIL_ON[(values["fail-on"] ?? "never") as keyof typeof FAIL_ON];
    if (beforePath === "-" && afterPath === "-")
      return refused("Only one of the policies can be the standard input.");
    const before = await loadPolicy(beforePath);
    if (!before.ok) return before;
    const after = await loadPolicy(afterPath);
    if (!after.ok) return after;
    try {
      const groups = comparePolicies(before.value, after.value);
      terminal.out(values.json ? `${jsonText({ ...totals(groups), callers: groups })}\n` : markdown(groups));
      const status: ExitStatus = fails(groups) ? EXIT.finding : EXIT.ok;
      return ok(status);
    } catch (error) {
      if (!(error instanceof TooManyClasses)) throw error;
      return refused(
        "The patterns or scopes of the policies overlap in too many ways to compare them completely; write fewer patterns with several * that match the same values.",
      );
    }
  },
});
