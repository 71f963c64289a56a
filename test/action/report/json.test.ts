import { Ajv2020 } from "ajv/dist/2020.js";
import { expect, it } from "vitest";
import { jsonReport } from "../../../action/report/json.ts";
import { KEY_FORMATS } from "../../../action/scan/key-formats.ts";
import schema from "../../../docs/lint-report.schema.json" with { type: "json" };
import {
  COMMIT,
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

const BY_PATH = { path: "testdata/**", reason: "published test keys", expires: "2027-01-31" };
const place = (line: number) => ({
  rule: "private-key",
  path: "config/box.json",
  line,
  column: 20,
  commit: COMMIT,
  tag: null,
  atHead: true,
  identity: IDENTITY,
  certainty: "certain",
  kind: "PKCS#8 RSA private key",
  keyFormat: null,
  code: null,
});

const validate = new Ajv2020({ allErrors: true, strictTypes: false }).compile(schema);

it("the JSON report has exactly the promised properties", () => {
  const text = jsonReport(
    report([finding({ publicKeyID: "abcd1234", keyFormat: "pkcs8", atHead: false })], {
      skipped: [{ ...SKIPPED, places: [{ path: "a.txt", commit: COMMIT, ...{ body: "no" } }] }],
      problems: [CORRUPT],
      notices: ["One is unused."],
      suppressed: [suppressed(), suppressed({ line: 9, suppression: BY_PATH })],
    }),
  );
  expect(text.endsWith("}\n")).toBe(true);
  expect(JSON.stringify(JSON.parse(text))).toBe(
    JSON.stringify({
      version: 1,
      complete: false,
      findings: [
        {
          rule: "private-key",
          path: "config/box.json",
          line: 5,
          column: 20,
          commit: COMMIT,
          tag: null,
          identity: IDENTITY,
          certainty: "certain",
          kind: "PKCS#8 RSA private key",
          keyFormat: "pkcs8",
          code: null,
          message: "Here is a private key that is not encrypted: PKCS#8 RSA private key, 2048 bits.",
          fix: "Revoke this key.",
          places: [
            {
              path: "config/box.json",
              line: 5,
              column: 20,
              commit: COMMIT,
              tag: null,
              atHead: false,
              identity: IDENTITY,
            },
          ],
        },
      ],
      suppressed: 2,
      suppressedFindings: [
        { ...place(5), suppression: { path: null, reason: "removed at Box", expires: "2027-01-31" } },
        { ...place(9), suppression: BY_PATH },
      ],
      skipped: [
        {
          kind: "encoded",
          fails: true,
          count: 1,
          message: "1 file with more encoded text than is decoded, the rest unread (encoded): a.txt.",
          places: [{ path: "a.txt", commit: COMMIT }],
        },
      ],
      problems: [CORRUPT_TEXT],
      problemDetails: [{ code: "object_corrupt", message: CORRUPT_TEXT }],
      notices: ["One is unused."],
      scanned: { blobs: 12, bytes: 3_400_000 },
    }),
  );
});

it("the JSON report fits its published schema, with and without content in each list", () => {
  for (const one of [
    report(),
    report([], { skipped: [SKIPPED], problems: [CORRUPT], notices: ["Yes."] }),
    report([finding({ commit: null, keyFormat: "age" })], {
      suppressed: [suppressed({ suppression: BY_PATH })],
    }),
  ])
    expect(validate(JSON.parse(jsonReport(one))) || validate.errors).toBe(true);
  expect(validate({ version: 2, findings: [] })).toBe(false);
});

/** The schema without room for properties that it does not describe. */
const closed = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const properties = Object.fromEntries(Object.entries(node).map(([name, value]) => [name, closed(value)]));
  return "properties" in properties && "required" in properties
    ? { ...properties, additionalProperties: false }
    : properties;
};

it("the JSON report has no property that its published schema does not describe, and lacks none that it requires", () => {
  const { $id: _, ...open } = schema;
  const exact = new Ajv2020({ allErrors: true, strictTypes: false }).compile(closed(open) as object);
  const full = report([finding({ keyFormat: "age" })], {
    suppressed: [suppressed()],
    skipped: [SKIPPED],
    problems: [CORRUPT],
    notices: ["Yes."],
  });
  expect(exact(JSON.parse(jsonReport(full))) || exact.errors).toBe(true);
  expect(exact({ ...JSON.parse(jsonReport(full)), more: 1 })).toBe(false);
});

it("the JSON report names an issue and a problem by their codes", () => {
  const issue = finding({ rule: "box-config", code: "property_missing" });
  const text = jsonReport(report([issue], { problems: [CORRUPT, { code: "clone_shallow" }] }));
  const { findings, problems, problemDetails } = JSON.parse(text);
  expect(findings[0].code).toBe("property_missing");
  expect(problemDetails.map(({ code }: { code: string }) => code)).toEqual([
    "object_corrupt",
    "clone_shallow",
  ]);
  expect(problemDetails.map(({ message }: { message: string }) => message)).toEqual(problems);
});

it("the JSON report names the format of a key as its published schema does", () => {
  const named = schema.properties.findings.items.properties.keyFormat.enum;
  expect(named).toEqual([...Object.keys(KEY_FORMATS), null]);
  expect(schema.properties.suppressedFindings.items.properties.keyFormat.enum).toEqual(named);
});

it("the JSON report has one finding for the same key, and for the same Box secret, with all places", () => {
  const secret = (path: string, sameSecret: string) =>
    finding({
      rule: "box-secret",
      kind: "client secret",
      path,
      identity: `box-secret:${path}#X`,
      sameSecret,
    });
  const places = Array.from({ length: 12 }, (_, at) => secret(`f${at}`, "one"));
  const text = jsonReport(report([finding(), finding({ path: "copy" }), ...places, secret("g", "two")]));
  const { findings } = JSON.parse(text);
  expect(findings.map((one: { places: unknown[] }) => one.places.length)).toEqual([2, 12, 1]);
  expect(findings[1]).toMatchObject({ path: "f0", identity: "box-secret:f0#X" });
  expect(findings[1].places[11]).toMatchObject({ path: "f11", identity: "box-secret:f11#X" });
  expect(text).not.toContain("sameSecret");
  expect(validate(JSON.parse(text)) || validate.errors).toBe(true);
});

it("the JSON report is complete only where nothing was skipped and there was no problem", () => {
  const complete = (...args: Parameters<typeof report>) => JSON.parse(jsonReport(report(...args))).complete;
  expect(complete([])).toBe(true);
  expect(complete([finding()])).toBe(true);
  expect(complete([], { problems: [CORRUPT] })).toBe(false);
  expect(complete([], { skipped: [{ ...SKIPPED, fails: false }] })).toBe(false);
});

it("the JSON report has null for a commit outside of a history", () => {
  expect(JSON.parse(jsonReport(report([finding({ commit: null })]))).findings[0].commit).toBeNull();
});

it.each(HOSTILE)("the JSON report gives programs %j unchanged", (text) => {
  const json = jsonReport(hostileReport(text));
  expect(json.split("\n")).toHaveLength(2);
  expect(JSON.parse(json).findings[0]).toMatchObject({ path: text, message: text });
});
