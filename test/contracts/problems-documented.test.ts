import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { PROBLEMS } from "../../schemas/protocol/problems.ts";

/** `docs/problems.md` has one heading `## code` per problem and no other heading of that level. */
const text = readFileSync(new URL("../../docs/problems.md", import.meta.url), "utf8");
const sections = text.split(/^## /m).slice(1);
const headings = sections.map((section) => section.split("\n", 1)[0]);

it("every problem code has exactly one heading with the table's text, and there are no other headings", () => {
  expect([...headings].sort()).toEqual(Object.keys(PROBLEMS).sort());
});

it("the sections form three groups: the caller acts, the operator acts, the problem is temporary", () => {
  const actors = headings.map((code) => PROBLEMS[code as keyof typeof PROBLEMS].actor);
  expect(actors.filter((actor, index) => actor !== actors[index - 1])).toEqual([
    "caller",
    "operator",
    "none",
  ]);
});

describe("the section of", () => {
  it.each(Object.entries(PROBLEMS))(
    "%s states the status, error and retryability from the table",
    (code, row) => {
      const [, facts, ...prose] = (sections[headings.indexOf(code)] ?? "")
        .split("\n")
        .filter((line) => line.trim() !== "");
      const { status, error, retryable } = row;
      expect(facts).toBe(`${status} · \`${error}\` · ${retryable ? "retryable" : "not retryable"}`);
      expect(prose.join(" ").length).toBeGreaterThan(20);
    },
  );
});
