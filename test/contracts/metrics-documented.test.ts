import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { METRICS } from "../../schemas/protocol/metrics.ts";

const text = readFileSync(new URL("../../docs/architecture.md", import.meta.url), "utf8");

it("docs/architecture.md has every metric with its meaning, and no other", () => {
  const [, table = ""] = /^\| metric \| meaning \|\n\|---\|---\|\n((?:\|.*\n)+)/m.exec(text) ?? [];
  const expected = Object.entries(METRICS).map(([name, { meaning }]) => `| \`${name}\` | ${meaning} |\n`);
  expect(table).toBe(expected.join(""));
});
