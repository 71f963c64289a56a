import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Rows of docs/benchmarks.md with two figures of one unit and their ratio. */
const ROW = /^\| (.+?) \| ([\d.,]+) (\S+) \| ([\d.,]+) \3 \| ([\d.]+) \|/gm;
const page = readFileSync(join(import.meta.dirname, "../../docs/benchmarks.md"), "utf8");
const rows = [...page.matchAll(ROW)].map(([, row = "", ours = "", , yardstick = "", ratio = ""]) => ({
  row,
  ours,
  yardstick,
  ratio,
}));

/** The lowest and the highest number that is rounded to this one. */
function bounds(text: string): readonly [number, number] {
  const plain = text.replaceAll(",", "");
  const half = 0.5 * 10 ** -(plain.split(".")[1]?.length ?? 0);
  return [Number(plain) - half, Number(plain) + half];
}

test("docs/benchmarks.md has rows with a ratio", () => {
  expect(rows.length).toBeGreaterThanOrEqual(4);
});

test.each(rows)(
  "the ratio of the benchmark '$row' follows from its columns",
  ({ ours, yardstick, ratio }) => {
    const [[oursLow, oursHigh], [low, high]] = [bounds(ours), bounds(yardstick)];
    const [lowest, highest] = bounds(ratio);
    expect(highest).toBeGreaterThanOrEqual(oursLow / high);
    expect(lowest).toBeLessThanOrEqual(oursHigh / low);
  },
);
