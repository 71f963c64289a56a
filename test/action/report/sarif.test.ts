import { readFileSync } from "node:fs";
import { join } from "node:path";
import official from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { sarifReport } from "../../../action/report/sarif.ts";
import {
  CORRUPT,
  CORRUPT_TEXT,
  finding,
  HOSTILE,
  hostileReport,
  IDENTITY,
  report,
  SKIPPED,
  suppressed,
} from "./reports.ts";

/**
 * The official schema, of draft-04: of what ajv no longer knows of that, it uses `id` alone. One of its patterns is
 * none with the flag `u`.
 */
const { $schema: _, id: __, ...schema } = official;
const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
ajv.addFormat("uri", (text) => URL.canParse(text));
ajv.addFormat("uri-reference", /^(?:[\w\-.~:/?#[\]@!$&'()*+,;=]|%[0-9A-F]{2})*$/);
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT/);
const validate = ajv.compile(schema);

function run(text: string) {
  const log = JSON.parse(text);
  validate(log);
  expect(validate.errors).toBeNull();
  expect(log.runs).toHaveLength(1);
  return log.runs[0];
}

describe("SARIF", () => {
  it("is not valid by accident", () => {
    expect(validate({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
    expect(validate({ version: "2.1.0", runs: [{ tool: { driver: { name: "" } }, columnKind: "x" }] })).toBe(
      false,
    );
  });

  it("reports each finding with rule, place and fingerprint, and no snippet", () => {
    const { results, tool, columnKind } = run(sarifReport(report([finding({ path: "a b/ü.json" })])));
    expect(columnKind).toBe("utf16CodeUnits");
    expect(results).toEqual([
      {
        ruleId: "private-key",
        ruleIndex: 0,
        level: "error",
        message: { text: expect.stringMatching(/^Here is a private key .* Revoke this key\.$/) },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: "a%20b/%C3%BC.json", uriBaseId: "%SRCROOT%" },
              region: { startLine: 5, startColumn: 20 },
            },
          },
        ],
        partialFingerprints: { "keyFingerprint/v1": IDENTITY },
        properties: { certainty: "certain", kind: "PKCS#8 RSA private key", commit: expect.any(String) },
      },
    ]);
    expect(tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual([
      "private-key",
      "box-secret",
      "box-config",
      "policy",
      "schema",
    ]);
  });

  it("has the code of an issue in its result, and of a problem in its notification", () => {
    const issue = finding({ rule: "box-config", code: "property_missing" });
    const { results, tool, invocations } = run(sarifReport(report([issue], { problems: [CORRUPT] })));
    expect(results[0].properties).toMatchObject({ code: "property_missing" });
    const [{ descriptor }] = invocations[0].toolExecutionNotifications;
    expect(descriptor.id).toBe("problem/object_corrupt");
    expect(tool.driver.notifications[descriptor.index]).toEqual({
      id: "problem/object_corrupt",
      defaultConfiguration: { level: "error" },
    });
  });

  it("points from each result to its rule", () => {
    const rules = ["private-key", "box-secret", "box-config", "policy", "schema"] as const;
    const { results, tool } = run(sarifReport(report(rules.map((rule) => finding({ rule })))));
    for (const { ruleId, ruleIndex } of results) expect(tool.driver.rules[ruleIndex].id).toBe(ruleId);
  });

  it("names its version, and what each rule is, how severe it is, and what to do", () => {
    const { version } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));
    const { driver } = run(sarifReport(report([]))).tool;
    expect(driver).toMatchObject({ version, semanticVersion: version });
    expect(driver).not.toHaveProperty("informationUri");
    const page = readFileSync(join(import.meta.dirname, "../../../docs/rules.md"), "utf8");
    for (const rule of driver.rules) {
      expect(page).toContain(`\n## ${rule.id}\n`);
      expect(rule).toMatchObject({
        shortDescription: { text: expect.stringMatching(/\.$/) },
        help: { text: expect.stringMatching(/\.$/), markdown: expect.stringContaining(`\`${rule.id}\``) },
        defaultConfiguration: { level: "error" },
        properties: { precision: "very-high", tags: expect.any(Array) },
      });
      expect(rule).not.toHaveProperty("helpUri");
      const isSecurity = rule.properties.tags.includes("security");
      expect(Number(rule.properties["security-severity"] ?? 0) > 7).toBe(isSecurity);
    }
    expect(
      driver.rules.map(({ properties: { tags } }: { properties: { tags: string[] } }) => tags[0]),
    ).toEqual(["security", "security", "configuration", "configuration", "configuration"]);
  });

  it("names the page of each rule where the URL of the rules is known", () => {
    const helpUrl = "https://github.com/acme/box-sts/blob/v1.2.3/docs/rules.md";
    const { driver } = run(sarifReport(report([]), { helpUrl })).tool;
    expect(driver.informationUri).toBe(helpUrl);
    for (const { id, helpUri, help } of driver.rules) {
      expect(helpUri).toBe(`${helpUrl}#${id}`);
      expect(help.markdown).toContain(`[${id}](${helpUri})`);
    }
  });

  it("has suppressed findings last, with who suppressed them and why", () => {
    const entry = { path: "testdata/**", reason: "a](b) published\n", expires: "2027-01-31" };
    const all = report([finding()], {
      suppressed: [suppressed({ path: "a" }), suppressed({ path: "testdata/b", suppression: entry })],
    });
    const { results } = run(sarifReport(all));
    expect(results.map(({ suppressions }: { suppressions?: unknown }) => suppressions)).toEqual([
      undefined,
      [
        {
          kind: "external",
          status: "accepted",
          justification: "removed at Box",
          properties: { expires: "2027-01-31" },
        },
      ],
      [
        {
          kind: "external",
          status: "accepted",
          justification: "a] (b) published\\n",
          properties: { path: "testdata/**", expires: "2027-01-31" },
        },
      ],
    ]);
    expect(run(sarifReport(all, { suppressed: false })).results).toEqual([results[0]]);
  });

  it("leaves suppressed findings out first where there are more results than GitHub takes", () => {
    const findings = Array.from({ length: 4999 }, (_, at) => finding({ path: `${at}` }));
    const two = [suppressed({ path: "a" }), suppressed({ path: "b" })];
    const { results, invocations } = run(sarifReport(report(findings, { suppressed: two })));
    expect(results).toHaveLength(5000);
    expect(results.slice(-2).map((one: object) => "suppressions" in one)).toEqual([false, true]);
    expect(invocations[0].toolExecutionNotifications).toEqual([]);
  });

  it("is one result for a key in a file, with at most 1,000 places", () => {
    const places = Array.from({ length: 1200 }, (_, at) => finding({ line: at + 1 }));
    const { results } = run(
      sarifReport(report([...places, finding({ path: "other", certainty: "partial" })])),
    );
    expect(results.map(({ locations }: { locations: unknown[] }) => locations.length)).toEqual([1000, 1]);
    expect(results[1].level).toBe("warning");
  });

  it("has the first 5,000 results and counts the others", () => {
    const findings = Array.from({ length: 6000 }, (_, at) => finding({ path: `${at}` }));
    const { results, invocations } = run(sarifReport(report(findings, { notices: ["One is unused."] })));
    expect(results).toHaveLength(5000);
    expect(
      invocations[0].toolExecutionNotifications.map(
        ({ message }: { message: { text: string } }) => message.text,
      ),
    ).toEqual(["Left out, because GitHub keeps no more: 1,000 results.", "One is unused."]);
  });

  it("reports no success where something could not be scanned", () => {
    const { invocations } = run(
      sarifReport(report([], { problems: [CORRUPT], notices: Array(2000).fill("A.") })),
    );
    expect(invocations[0].executionSuccessful).toBe(false);
    expect(invocations[0].toolExecutionNotifications).toHaveLength(1001);
    expect(invocations[0].toolExecutionNotifications[0]).toEqual({
      level: "error",
      message: { text: CORRUPT_TEXT },
      descriptor: { id: "problem/object_corrupt", index: expect.any(Number) },
    });
  });

  it("notifies of each kind of skipped content, with its places", () => {
    const archives = {
      kind: "archive",
      fails: false,
      count: 1500,
      places: Array.from({ length: 1000 }, (_, at) => ({ path: `${at} ü.zip`, commit: null })),
    } as const;
    const { invocations, tool } = run(sarifReport(report([], { skipped: [SKIPPED, archives] })));
    const [encoded, archive] = invocations[0].toolExecutionNotifications;
    const kinds = tool.driver.notifications;
    expect(invocations[0].executionSuccessful).toBe(false);
    expect(encoded).toMatchObject({
      level: "error",
      message: { text: expect.stringMatching(/^1 file with more encoded text .*: a\.txt\.$/) },
      locations: [{ physicalLocation: { artifactLocation: { uri: "a.txt", uriBaseId: "%SRCROOT%" } } }],
      properties: { count: 1 },
    });
    expect(kinds[encoded.descriptor.index].id).toBe("skipped/encoded");
    expect(archive).toMatchObject({ level: "warning", properties: { count: 1500 } });
    expect(archive.locations).toHaveLength(1000);
    expect(kinds[archive.descriptor.index].id).toBe("skipped/archive");
  });

  it("reports success where the skipped content fails no run, and names that content anyway", () => {
    const [invocation] = run(
      sarifReport(report([], { skipped: [{ ...SKIPPED, fails: false }] })),
    ).invocations;
    expect(invocation).toMatchObject({
      executionSuccessful: true,
      toolExecutionNotifications: [{ level: "warning" }],
    });
  });

  it("is valid without findings", () => {
    expect(run(sarifReport(report([]))).results).toEqual([]);
  });

  it.each(HOSTILE)("holds %j as text", (text) => {
    const { results } = run(sarifReport(hostileReport(text)));
    expect(results).toHaveLength(3);
    for (const { message, locations } of results) {
      expect(message.text).not.toMatch(/\]\(|\n/);
      expect(locations[0].physicalLocation.artifactLocation.uri).toMatch(/^[\w\-.~/%!'()*]+$/);
    }
  });
});
