import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { dayAfter } from "../../../action/suppressions/days.ts";
import { pullRequest } from "../git/events.ts";
import { makeOrigin, shallowCheckout } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { runStep } from "./runner.ts";

const expires = dayAfter(new Date(), 90);
const entry = { path: "testdata/**", kinds: ["pkcs8", "pkcs1"], reason: "published test keys", expires };
const origin = makeOrigin(
  [
    { id: "main", files: { ".box-config-lint.json": JSON.stringify({ ignore: [entry] }) } },
    { id: "pr", files: { "testdata/a.pem": KEY, "testdata/b.pem": `\n${KEY}` } },
    { id: "more", files: { "src/a.pem": KEY } },
  ],
  { "refs/heads/main": "main", "refs/pull/1/head": "pr", "refs/pull/2/head": "more" },
);

function step(head: string, inputs: Readonly<Record<string, string>> = {}) {
  const workspace = shallowCheckout(origin, origin.id(head));
  const payload = pullRequest(origin.id("main"), origin.id(head), head === "pr" ? 1 : 2);
  const environment = { GITHUB_ACTION_REPOSITORY: "acme/box-sts", GITHUB_ACTION_REF: "v1.2.3" };
  const given = { sarif: "lint.sarif", report: "report.json", ...inputs };
  const run = runStep(workspace, { event: "pull_request", payload, inputs: given, environment });
  const read = (file: string) => JSON.parse(readFileSync(join(workspace, file), "utf8"));
  return { ...run, report: read("report.json"), sarif: read("lint.sarif").runs[0] };
}

it("the Action counts what it suppresses by path, and shows it in its reports with the reason", () => {
  const { status, stderr, stdout, summary, report, sarif, outputs } = step("pr");
  expect({ status, stderr, findings: outputs.findings }).toEqual({ status: 0, stderr: "", findings: "0" });
  expect(stdout).toContain("No findings, 2 findings suppressed by path.");
  expect(summary).toContain(`2 findings, until ${expires}. published test keys`);
  expect(report).toMatchObject({ findings: [], suppressed: 2 });
  expect(report.suppressedFindings.map(({ path }: { path: string }) => path)).toEqual([
    "testdata/a.pem",
    "testdata/b.pem",
  ]);
  for (const { suppressions } of sarif.results)
    expect(suppressions).toMatchObject([{ kind: "external", justification: "published test keys" }]);
  expect(sarif.results).toHaveLength(2);
  expect(sarif.tool.driver.rules[0].helpUri).toBe(
    "https://github.example.com/acme/box-sts/blob/v1.2.3/docs/rules.md#private-key",
  );
});

it("the Action fails for the same key elsewhere, and leaves suppressed findings out of SARIF where an input requests it", () => {
  const { status, report, sarif } = step("more", {
    "sarif-suppressed": "false",
    "help-url": "https://wiki.example/rules",
  });
  expect(status).toBe(1);
  expect(report.findings.map(({ path }: { path: string }) => path)).toEqual(["src/a.pem"]);
  expect(sarif.results).toHaveLength(1);
  expect(sarif.tool.driver.informationUri).toBe("https://wiki.example/rules");
});
