import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { ACKNOWLEDGED } from "../../infra/acknowledgements.ts";
import { EXAMPLE_CONFIG, newFolder, VPC } from "./deployment.ts";
import { ROOT, synth } from "./synth.ts";

interface Report {
  readonly pluginName: string;
  readonly conclusion: string;
  readonly violations: readonly { readonly ruleName: string }[];
  readonly suppressedViolations: readonly { readonly ruleName: string }[];
}

/** What cdk-nag says of the example, as it is, and in a VPC with tracing. */
const reports: Report[] = [];
beforeAll(() => {
  const folder = newFolder();
  const path = join(folder, "deploy.json");
  cpSync(join(ROOT, "examples/deploy"), folder, { recursive: true });
  writeFileSync(path, JSON.stringify({ ...EXAMPLE_CONFIG, vpc: VPC, tracing: true }));
  for (const config of ["examples/deploy/deploy.json", path]) {
    const { out } = synth(config);
    const { pluginReports } = JSON.parse(readFileSync(join(out, "validation-report.json"), "utf8"));
    reports.push(...(pluginReports as Report[]).filter(({ pluginName }) => pluginName === "AwsSolutions"));
  }
});

describe("cdk-nag's AwsSolutions", () => {
  test("has no unacknowledged finding", () => {
    expect(reports).toHaveLength(2);
    for (const { conclusion, violations } of reports) {
      expect(violations).toEqual([]);
      expect(conclusion).toBe("success");
    }
  });

  test("would find all that is acknowledged, so that no acknowledgement is idle", () => {
    const found = reports.flatMap(({ suppressedViolations }) =>
      suppressedViolations.map(({ ruleName }) => ruleName),
    );
    const ids = Object.keys(ACKNOWLEDGED).map((id) => id.replace(/^AwsSolutions::/, ""));
    expect([...new Set(found)].toSorted()).toEqual(ids.toSorted());
  });

  test("is acknowledged with reasons, in one file", () => {
    for (const reason of Object.values(ACKNOWLEDGED)) expect(reason.length).toBeGreaterThan(80);
  });
});
