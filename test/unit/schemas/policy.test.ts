import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatIssue } from "../../../schemas/json/issue.ts";
import { parsePolicy } from "../../../schemas/policy/parse.ts";
import schema from "../../../schemas/policy.schema.json" with { type: "json" };
import { BOX_SCOPES } from "../../../schemas/protocol/scopes.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { samples } from "../../support/samples.ts";
import { type ReadIssue, readAt, readable } from "./readable.ts";

const statement = {
  id: "reports",
  caller: { iam: "arn:aws:iam::123456789012:role/reports" },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download"],
};

const policy = (...changes: object[]) =>
  JSON.stringify({ version: 1, statements: changes.map((change) => ({ ...statement, ...change })) });

function issuesOf(text: string): readonly ReadIssue[] {
  const parsed = parsePolicy(text);
  expect(parsed.ok).toBe(false);
  return parsed.ok ? [] : parsed.error.map(readable);
}

const pointersOf = (text: string) => issuesOf(text).map(({ pointer }) => pointer);

describe("parsePolicy accepts", () => {
  it("the policy of the architecture page", () => {
    const text = `{ "version": 1,
      "statements": [
        { "id": "reports-read-finance", "caller": { "iam": "arn:aws:iam::123456789012:role/reports" }, "app": "reports",
          "subjects": ["enterprise"], "scopes": ["item_download", "base_preview"], "resources": ["https://api.box.com/2.0/folders/987"] },
        { "id": "nightly-sync", "caller": { "alias": "nightly-sync" }, "app": "reports", "subjects": ["enterprise", "user:*"], "unrestricted": true } ] }`;
    expect(parsePolicy(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it("an empty list of statements, which denies everything", () => {
    expect(parsePolicy('{"version":1,"statements":[]}')).toEqual({
      ok: true,
      value: { version: 1, statements: [] },
    });
  });

  it("$schema at the top level, and omits it from the result", () => {
    const parsed = parsePolicy('{"$schema":"./policy.schema.json","version":1,"statements":[]}');
    expect(parsed).toEqual({ ok: true, value: { version: 1, statements: [] } });
  });

  it.each([
    { caller: { iam: "arn:aws-us-gov:iam::123456789012:user/team/a.b@c" } },
    { caller: { iam: "arn:aws:iam::123456789012:role/app-*" } },
    { caller: { iam: "arn:aws:iam::123456789012:role/service-role/app" } },
    { caller: { iam: "arn:aws:iam::123456789012:role/*" } },
    { caller: { iam: "arn:aws:iam::123456789012:user/team/*" } },
    { caller: { alias: "job-*" } },
    { caller: { alias: "1-job" } },
    { app: "*" },
    { subjects: ["enterprise", "user:12345", "user:*", "user:12*"] },
    { resources: ["https://api.box.com/2.0/files/*"] },
    { scopes: [...BOX_SCOPES] },
    { scopes: undefined, unrestricted: true },
  ])("%j", (change) => {
    expect(parsePolicy(policy(change))).toMatchObject({ ok: true });
  });
});

describe("parsePolicy refuses", () => {
  it.each<[string, object, string]>([
    ["an empty id", { id: "" }, "/id"],
    ["an id with a space", { id: "a b" }, "/id"],
    ["an id with a line break", { id: "a\n" }, "/id"],
    ["an id of 65 characters", { id: "a".repeat(65) }, "/id"],
    ["an id of the wrong type", { id: 7 }, "/id"],
    ["a caller without a kind", { caller: {} }, "/caller"],
    ["a caller of two kinds", { caller: { iam: statement.caller.iam, alias: "a" } }, "/caller"],
    ["a caller that is a string", { caller: "arn:aws:iam::123456789012:role/reports" }, "/caller"],
    ["a star in the account", { caller: { iam: "arn:aws:iam::*:role/reports" } }, "/caller/iam"],
    ["a star in the path", { caller: { iam: "arn:aws:iam::123456789012:role/*/a" } }, "/caller/iam"],
    [
      "a role with a path and a star",
      { caller: { iam: "arn:aws:iam::123456789012:role/a/b-*" } },
      "/caller/iam",
    ],
    ["a path that ends in a star", { caller: { iam: "arn:aws:iam::123456789012:role/a/*" } }, "/caller/iam"],
    ["a star in a user's path", { caller: { iam: "arn:aws:iam::123456789012:user/*/a" } }, "/caller/iam"],
    ["a star in the kind", { caller: { iam: "arn:aws:iam::123456789012:*/a" } }, "/caller/iam"],
    ["a bare star for every caller", { caller: { iam: "*" } }, "/caller/iam"],
    ["two stars in a row", { caller: { iam: "arn:aws:iam::123456789012:role/**" } }, "/caller/iam"],
    ["a space behind an ARN", { caller: { iam: `${statement.caller.iam} ` } }, "/caller/iam"],
    ["a line break behind an ARN", { caller: { iam: `${statement.caller.iam}\n` } }, "/caller/iam"],
    ["an alias of digits alone", { caller: { alias: "12" } }, "/caller/alias"],
    ["$LATEST", { caller: { alias: "$LATEST" } }, "/caller/alias"],
    ["an empty app", { app: "" }, "/app"],
    ["an app with a slash", { app: "a/b" }, "/app"],
    ["no subjects", { subjects: [] }, "/subjects"],
    ["subjects that are a string", { subjects: "enterprise" }, "/subjects"],
    ["a subject without a kind", { subjects: ["123"] }, "/subjects/0"],
    ["a subject with letters in its id", { subjects: ["user:abc"] }, "/subjects/0"],
    ["a star that could mean the enterprise", { subjects: ["*"] }, "/subjects/0"],
    ["a subject twice", { subjects: ["user:1", "enterprise", "user:1"] }, "/subjects/2"],
    ["no scopes", { scopes: [] }, "/scopes"],
    ["a scope twice", { scopes: ["item_read", "item_read"] }, "/scopes/1"],
    ["a scope Box does not have", { scopes: ["item_read", "item_downlaod"] }, "/scopes/1"],
    ["two scopes in one string", { scopes: ["item_read item_download"] }, "/scopes/0"],
    ["both scopes and unrestricted", { unrestricted: true }, ""],
    ["neither scopes nor unrestricted", { scopes: undefined }, ""],
    ["unrestricted that is false", { scopes: undefined, unrestricted: false }, "/unrestricted"],
    ["no resources", { resources: [] }, "/resources"],
    ["a resource twice", { resources: [1, 1].map(() => "https://api.box.com/2.0/files/1") }, "/resources/1"],
    ["a resource on another host", { resources: ["https://evil.example/2.0/files/1"] }, "/resources/0"],
    ["a resource by http", { resources: ["http://api.box.com/2.0/files/1"] }, "/resources/0"],
    ["a resource with a query", { resources: ["https://api.box.com/2.0/files/1?a"] }, "/resources/0"],
    [
      "a resource that is no file or folder",
      { resources: ["https://api.box.com/2.0/users/1"] },
      "/resources/0",
    ],
    ["an unknown property", { effect: "Allow" }, "/effect"],
  ])("%s", (_name, change, pointer) => {
    expect(pointersOf(policy(change))).toEqual([`/statements/0${pointer}`]);
  });

  it("resources together with unrestricted", () => {
    const change = { scopes: undefined, unrestricted: true, resources: ["https://api.box.com/2.0/files/1"] };
    expect(pointersOf(policy(change))).toEqual(["/statements/0/resources"]);
  });

  it.each([
    ["another version", '{"version":2,"statements":[]}', ["/version"]],
    ["a version that is a string", '{"version":"1","statements":[]}', ["/version"]],
    ["no version", '{"statements":[]}', ["/version"]],
    ["no statements", '{"version":1}', ["/statements"]],
    ["statements that are an object", '{"version":1,"statements":{}}', ["/statements"]],
    ["a statement that is null", '{"version":1,"statements":[null]}', ["/statements/0"]],
    ["an array", "[]", [""]],
    ["null", "null", [""]],
    ["an empty file", "", [""]],
    ["JSON with a comment", '{"version":1,"statements":[] /* all */}', [""]],
    ["a trailing comma", '{"version":1,"statements":[],}', [""]],
    ["a byte order mark", '\uFEFF{"version":1,"statements":[]}', [""]],
    ["a property twice", '{"version":1,"statements":[],"statements":[]}', ["/statements"]],
    ["__proto__ as a property", '{"version":1,"statements":[],"__proto__":{}}', ["/__proto__"]],
    ["more than 1 MiB", `{"version":1,"statements":[${" ".repeat(1_048_576)}]}`, [""]],
  ])("%s", (_name, text, pointers) => {
    expect(pointersOf(text)).toEqual(pointers);
  });

  it("more than 1000 statements", () => {
    const many = Array.from({ length: 1001 }, (_, index) => ({ id: `s${index}` }));
    expect(pointersOf(policy(...many))).toEqual(["/statements"]);
  });

  it("a repeated id at each statement after the first one with it, and reports the line", () => {
    const text = `{"version":1,"statements":[\n${["a", "b", "a", "a"].map((id) => JSON.stringify({ ...statement, id })).join(",\n")}]}`;
    expect(issuesOf(text)).toEqual(
      [2, 3].map((index) =>
        readAt(
          { line: index + 2, column: 7 },
          {
            pointer: `/statements/${index}/id`,
            code: "policy_statement_id_repeated",
            message: "An earlier statement has the same id.",
            fix: "Give each statement its own id.",
          },
        ),
      ),
    );
  });

  it("repeated ids, and reports at most a hundred", () => {
    expect(pointersOf(policy(...Array.from({ length: 150 }, () => ({}))))).toHaveLength(100);
  });

  it("an id that is not a string at two statements, without reporting it as repeated", () => {
    expect(pointersOf(policy({ id: 7 }, { id: 7 }))).toEqual(["/statements/0/id", "/statements/1/id"]);
    expect(issuesOf(policy({ id: 7 }, { id: 7 })).map(({ message }) => message)).not.toContain(
      "An earlier statement has the same id.",
    );
  });

  it("a byte order mark first, and then every other error", () => {
    expect(issuesOf('\uFEFF{"version":2,"statements":[]}')).toMatchObject([
      {
        ...{ pointer: "", message: "The document begins with a byte order mark.", line: 1, column: 1 },
        fix: "Save it as UTF-8 without BOM.",
      },
      { pointer: "/version" },
    ]);
  });

  it("the second statement with the same id, together with every other error", () => {
    const pointers = pointersOf(policy({}, { id: "reports", app: "" }));
    expect(pointers.toSorted()).toEqual(["/statements/1/app", "/statements/1/id"]);
  });
});

describe("parsePolicy explains", () => {
  const fixOf = (text: string) => issuesOf(text)[0]?.fix;

  it("a misspelt scope by Box's most similar scope", () => {
    expect(fixOf(policy({ scopes: ["item_downlaod"] }))).toBe("Did you mean item_download?");
  });

  it("a misspelt property by the right name, once", () => {
    const { subjects, ...rest } = statement;
    const text = JSON.stringify({ version: 1, statements: [{ ...rest, subject: subjects }] });
    const issues = issuesOf(text);
    expect(issues.map(({ pointer, fix }) => [pointer, fix])).toEqual([
      ["/statements/0/subject", "Did you mean subjects?"],
    ]);
  });

  it("a wrong value by the meaning of its property and by an example", () => {
    const [issue] = issuesOf(policy({ app: "my app" }));
    expect(issue?.message).toContain("Name of the configured Box app");
    expect(issue?.fix).toBe('For example: "reports".');
  });

  it("every issue by the line and column of the value, or of the name of an unknown property", () => {
    const text = '{\n  "version": 1,\r\n  "statements": [\n    { "id": 7,\n      "whom": 1 }\n  ]\n}';
    const places = issuesOf(text).map(({ pointer, line, column }) => [pointer, line, column]);
    expect(places).toEqual([
      ["/statements/0", 4, 5],
      ["/statements/0/caller", 4, 5],
      ["/statements/0/app", 4, 5],
      ["/statements/0/subjects", 4, 5],
      ["/statements/0/id", 4, 13],
      ["/statements/0/whom", 5, 7],
    ]);
  });

  it("at most a hundred issues of a document, and counts the rest", () => {
    const text = policy({ subjects: Array.from({ length: 900 }, (_, index) => `no${index}`) });
    const issues = issuesOf(text);
    expect(issues).toHaveLength(101);
    expect(issues.at(-1)?.message).toBe("There are 800 more issues.");
  });

  it("an unknown property without its name if that is not an identifier, such as a misplaced key", () => {
    const pasted = "-----BEGIN PRIVATE KEY-----";
    const shown = issuesOf(`{"version":1,"statements":[],"${pasted}":1,"${pasted}":2}`)
      .concat(issuesOf(`{"version":1,"statements":[],"${pasted}":1}`))
      .map(formatIssue)
      .join();
    expect(shown).not.toContain("PRIVATE KEY");
  });
});

describe("parsePolicy", () => {
  it("accepts the scopes of the table and no others", () => {
    expect(schema.properties.statements.items.properties.scopes.items.enum).toEqual([...BOX_SCOPES]);
  });

  it("never throws and never quotes a value, for any JSON", () => {
    const canary = "CANARY-7f3a";
    const value = fc.oneof(
      fc.constantFrom(canary, `user:${canary}`),
      fc.jsonValue() as fc.Arbitrary<unknown>,
    );
    const given = fc.oneof(value, fc.array(value));
    const names = ["id", "caller", "app", "subjects", "scopes", "resources", "unrestricted"];
    const statement = fc.record(Object.fromEntries(names.map((name) => [name, given])), { requiredKeys: [] });
    const statements = fc.array(fc.oneof(statement, value));
    const document = fc.oneof(fc.record({ version: value, statements }, { requiredKeys: [] }), value);
    fc.assert(
      fc.property(document, (json) => {
        const parsed = parsePolicy(JSON.stringify(json));
        if (!parsed.ok) expect(parsed.error.map(formatIssue).join()).not.toContain(canary);
      }),
      { numRuns: samples(5_000) },
    );
  });

  it.each<[string, (scale: number) => string]>([
    [
      "an ARN with a long path",
      (scale) => policy({ caller: { iam: `arn:aws:iam::123456789012:role/${"a/".repeat(50_000 * scale)}` } }),
    ],
    [
      "a partition with many dashes",
      (scale) => policy({ caller: { iam: `arn:aws${"-a".repeat(50_000 * scale)}` } }),
    ],
    [
      "a subject of stars and digits",
      (scale) => policy({ subjects: [`user:${"1*".repeat(50_000 * scale)}`] }),
    ],
    [
      "many unknown properties",
      (scale) => `{${Array.from({ length: 7_500 * scale }, (_, index) => `"m${index}":0`).join()}}`,
    ],
    ["deep nesting", (scale) => "[".repeat(125_000 * scale)],
    ["deep nesting behind a broken string", (scale) => `"\n${"[".repeat(125_000 * scale)}`],
  ])("refuses %s in linear time", async (_name, text) => {
    await expectLinearGrowth(text, (given) => expect(parsePolicy(given).ok).toBe(false));
  });
});
