import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../../action/rules/box-secret/box-secret.ts";
import { budgetFor } from "../../../../action/rules/private-key/budget.ts";
import type { SkippedKind } from "../../../../action/scan/skipped.ts";
import { seededText } from "./kinds.ts";

const BYTES = 1_000_000;

/** Lines in each of which a secret's name is further away, and none is Box's. */
const UNITS = {
  "cells of a table": (value: string) => `box,token,${value},a\n`,
  "rows of SQL": (value: string) => `INSERT INTO box (secret, a) VALUES ('a', '${value}'),\n`,
  "arguments of calls": (value: string) => `(a, token, (b, box "${value}"\n`,
  "words of a command": (value: string) => `box store the key slack-token ${value} now `,
};

describe("the work of box-secret", () => {
  it.each(Object.entries(UNITS))(
    "ends at its limit, and is reported, for a megabyte of %s",
    (_what, unit) => {
      const line = unit(seededText("budget", 32));
      const bytes = Buffer.from(line.repeat(Math.ceil(BYTES / line.length)));
      const budget = { ...budgetFor(bytes.length), names: 5000 };
      const gaps: SkippedKind[] = [];
      boxSecretRule.find(
        { path: "a.txt", bytes, whole: true, start: { line: 1, column: 1 } },
        (gap) => gaps.push(gap),
        budget,
      );
      expect(gaps).toContain("secrets");
    },
  );

  it("decodes base64 at the cost of the budget, layer by layer", () => {
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    let text = `BOX_CLIENT_SECRET=${seededText("layers", 32)}\n`;
    for (let layer = 0; layer < 3; layer++) text = `BOX_CONFIG_${layer}=${encoded(text)}\n`;
    const bytes = Buffer.from(text);
    const content = { path: ".env", bytes, whole: true, start: { line: 1, column: 1 } };
    const budget = budgetFor(bytes.length);
    expect(boxSecretRule.find(content, undefined, budget)).toHaveLength(1);
    expect(budgetFor(bytes.length).bytes - budget.bytes).toBeLessThan(4 * bytes.length);
    expect(boxSecretRule.find(content, undefined, { ...budgetFor(bytes.length), bytes: 10 })).toEqual([]);
  });
});
