import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";

const ROLE = "arn:aws:iam::123456789012:role/reports";
const POLICY = {
  version: 1,
  statements: [
    {
      id: "reports-read",
      caller: { iam: ROLE },
      app: "reports",
      subjects: ["enterprise"],
      scopes: ["item_download"],
    },
    { id: "sync", caller: { alias: "nightly-*" }, app: "reports", subjects: ["user:*"], unrestricted: true },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "box-sts-policy-test-"));
const policy = join(folder, "policy.json");
beforeAll(() => writeFileSync(policy, JSON.stringify(POLICY)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a file of tests of this name and content. */
function run(name: string, content: unknown, ...options: readonly string[]) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return boxSts(["policy", "test", policy, path, ...options]);
}

const YAML = `# what reports may do
version: 1
tests:
  - name: reports reads
    caller: ${ROLE}
    app: reports
    scope: item_download
    expect: allow
    statement: reports-read
  - caller: alias:nightly-sync
    app: reports
    subject: user:42
    expect: allow
  - name: reports uploads nothing
    caller: ${ROLE}
    app: reports
    scope: item_upload
    expect: deny
    code: unauthorized_client
`;

test("policy test exits with status 0 where each request of a YAML file is decided as expected", async () => {
  expect(await run("tests.yaml", YAML)).toEqual({
    status: 0,
    stdout: "3 tests: all as expected\n",
    stderr: "",
  });
});

test("policy test prints each request that is not decided as expected, with its line, and exits with status 1", async () => {
  const tests = [
    { name: "uploads", caller: ROLE, app: "reports", scope: "item_upload", expect: "allow" },
    { name: "reads", caller: ROLE, app: "reports", expect: "deny" },
    { name: "reads by sync", caller: ROLE, app: "reports", expect: "allow", statement: "sync" },
    { name: "not found", caller: ROLE, app: "other", expect: "deny", code: "invalid_request" },
    { name: "fine", caller: ROLE, app: "reports", expect: "allow" },
  ];
  const { status, stdout } = await run("tests.json", { version: 1, tests });
  const path = join(folder, "tests.json");
  expect(status).toBe(1);
  expect(stdout).toBe(`FAIL  ${path}:4  uploads
      expected  allow
      decided   deny (unauthorized_client): no statement matches; the nearest: reports-read lacks the scope item_upload (it has item_download)
FAIL  ${path}:11  reads
      expected  deny
      decided   allow by the statement reports-read: item_download, not bound to a file or folder
FAIL  ${path}:17  reads by sync
      expected  allow by the statement sync
      decided   allow by the statement reports-read: item_download, not bound to a file or folder
FAIL  ${path}:24  not found
      expected  deny (invalid_request)
      decided   deny (unauthorized_client): no statement matches; the nearest: reports-read lacks the app other (it has reports)
5 tests: 4 not as expected
`);
  const json = JSON.parse((await run("tests.json", { version: 1, tests }, "--json")).stdout);
  expect(json.passed).toBe(false);
  expect(json.tests.map(({ passed }: { passed: boolean }) => passed)).toEqual([
    false,
    false,
    false,
    false,
    true,
  ]);
  expect(json.tests[2]).toMatchObject({
    line: 17,
    expected: { decision: "allow", statement: "sync" },
    decided: { decision: "allow", statement: "reports-read" },
  });
});

const one = (row: object) => ({
  version: 1,
  tests: [{ caller: ROLE, app: "reports", expect: "allow", ...row }],
});

test.each([
  [
    "an unknown property",
    one({ scopes: "gcm" }),
    /\/tests\/0\/scopes \(line 8, column 7\): .+ Did you mean scope\?/,
  ],
  ["a decision that does not exist", one({ expect: "alow" }), /\/tests\/0\/expect .+ Did you mean allow\?/],
  [
    "another version",
    { ...one({}), version: 2 },
    /\/version \(line 2, column 14\): The value is not the only one allowed \(1\); .+ Write 1\.$/m,
  ],
  [
    "an empty name of an app",
    one({ app: "" }),
    /\/tests\/0\/app \(line 6, column 14\): The string is empty; /,
  ],
  ["no tests", { version: 1, tests: [] }, /\/tests \(line 3, column 12\): The array is empty; /],
  [
    "a request that the token function cannot parse",
    one({ subject: "user" }),
    /\/tests\/0 \(line 4\): The subject is user;/,
  ],
  ["a statement with deny", one({ expect: "deny", statement: "a" }), /A denied request has no statement;/],
  ["a code with allow", one({ code: "invalid_request" }), /An allowed request has no code;/],
  ["text that is no JSON", "{", /line 1/],
])("policy test refuses a file with %s, with status 2 and the place", async (_, content, sentence) => {
  const { status, stdout, stderr } = await run("broken.json", content);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^box-sts policy test: .+broken\.json is no valid file of tests\. /);
  expect(stderr).toMatch(sentence);
});

test("policy test refuses YAML with an error or with two documents, with status 2", async () => {
  expect((await run("broken.yml", "version: 1\n\ttests: []")).status).toBe(2);
  const { status, stderr } = await run("broken.yml", `${YAML}---\n${YAML}`);
  expect(status).toBe(2);
  expect(stderr).toContain("more than one YAML document");
});
