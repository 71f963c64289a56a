import { describe, expect, it } from "vitest";
import { annotations } from "../../../action/report/annotations.ts";
import { jsonReport } from "../../../action/report/json.ts";
import { distinct, failsOn, type ReportedFinding, sorted } from "../../../action/report/report.ts";
import { sarifReport } from "../../../action/report/sarif.ts";
import { summary } from "../../../action/report/summary.ts";
import { terminalReport } from "../../../action/report/terminal.ts";
import type { LocatedFinding } from "../../../action/scan/finding.ts";
import { finding, report } from "./reports.ts";

describe("a report", () => {
  it("lists the worse findings first, then by path, line and column", () => {
    const findings = [
      finding({ certainty: "partial", path: "a" }),
      finding({ rule: "schema", path: "a" }),
      finding({ path: "b", line: 10 }),
      finding({ path: "b", line: 9, column: 2 }),
      finding({ path: "b", line: 9, column: 1 }),
      finding({ path: "B" }),
      finding({ rule: "box-secret", path: "a" }),
    ];
    expect(
      sorted(findings).map(({ certainty, rule, path, line, column }) =>
        [certainty, rule, path, line, column].join(" "),
      ),
    ).toEqual([
      "certain private-key B 5 20",
      "certain private-key b 9 1",
      "certain private-key b 9 2",
      "certain private-key b 10 20",
      "certain box-secret a 5 20",
      "certain schema a 5 20",
      "partial private-key a 5 20",
    ]);
  });

  it("merges what several versions of a file contain, preferably at the head", () => {
    const gone = finding({ commit: "1", atHead: false });
    const here = finding({ commit: "2", atHead: true, line: 7 });
    const twice = finding({ commit: "2", atHead: true, line: 9 });
    const other = finding({ commit: "2", message: "Something else." });
    expect(distinct([gone, here, twice, other])).toEqual([here, twice, other]);
    expect(distinct([gone, finding({ commit: "3", atHead: false })])).toEqual([gone]);
  });

  it.each([
    ["partial", [true, true, false]],
    ["certain", [true, false, false]],
    ["never", [false, false, false]],
  ] as const)("fails on %s", (failOn, [certain, partial, none]) => {
    expect(failsOn(report([finding()]), failOn)).toBe(certain);
    expect(failsOn(report([finding({ certainty: "partial" })]), failOn)).toBe(partial);
    expect(failsOn(report([]), failOn)).toBe(none);
  });
});

describe("no format", () => {
  const CANARY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC";

  it("has a property that could hold bytes of a key", () => {
    const known: Record<keyof Required<ReportedFinding>, true> = {
      rule: true,
      certainty: true,
      kind: true,
      identity: true,
      code: true,
      // A salted scrypt hash that is in the file of suppressions.
      secretHash: true,
      // A digest with a key that only the run knows.
      sameSecret: true,
      line: true,
      column: true,
      message: true,
      fix: true,
      keyFormat: true,
      ofBoxConfig: true,
      publicKeyID: true,
      path: true,
      part: true,
      commit: true,
      tag: true,
      atHead: true,
    };
    const located: Exclude<keyof ReportedFinding, keyof LocatedFinding> = "atHead";
    expect(known[located]).toBe(true);
  });

  it("prints properties that it does not know", () => {
    const smuggled = { ...finding(), body: CANARY, match: CANARY, snippet: { text: CANARY } };
    const all = report([smuggled], { ...({ content: CANARY } as object) });
    for (const text of [
      jsonReport(all),
      sarifReport(all),
      summary(all),
      annotations(all, "partial").join("\n"),
      terminalReport(all, { colours: true }),
    ]) {
      expect(text).toContain("config");
      expect(text).not.toContain(CANARY.slice(0, 12));
    }
  });
});
