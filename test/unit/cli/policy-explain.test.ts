import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";

const ROLE = "arn:aws:iam::123456789012:role/reports";
const FOLDER = "https://api.box.com/2.0/folders/987";
const POLICY = {
  version: 1,
  statements: [
    {
      id: "reports-read",
      caller: { iam: ROLE },
      app: "reports",
      subjects: ["enterprise"],
      scopes: ["item_download", "base_preview"],
      resources: [FOLDER],
    },
    { id: "sync", caller: { alias: "nightly-*" }, app: "reports", subjects: ["user:*"], unrestricted: true },
    {
      id: "named",
      caller: { name: "etl" },
      app: "etl",
      subjects: ["enterprise"],
      unrestricted: true,
      isolate: true,
    },
    { id: "etl-by-role", caller: { iam: ROLE }, app: "etl", subjects: ["enterprise"], scopes: ["gcm"] },
  ],
};

const folder = mkdtempSync(join(tmpdir(), "box-sts-explain-"));
const path = join(folder, "policy.json");
beforeAll(() => writeFileSync(path, JSON.stringify(POLICY)));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const explain = (...args: readonly string[]) => boxSts(["policy", "explain", path, ...args]);
const asJson = async (...args: readonly string[]) => {
  const { status, stdout } = await explain(...args, "--json");
  return { status, ...JSON.parse(stdout) };
};

test("policy explain names the statement and the token of an allowed request, with status 0", async () => {
  expect(await explain("--caller", ROLE, "--app", "reports")).toEqual({
    status: 0,
    stdout: `allow\n  statement  reports-read\n  token      base_preview item_download, on ${FOLDER}\n`,
    stderr: "",
  });
  expect(await asJson("--caller", ROLE, "--app", "reports", "--scope", "item_download")).toEqual({
    status: 0,
    decision: "allow",
    statement: "reports-read",
    scopes: ["item_download"],
    resource: FOLDER,
    isolate: false,
  });
});

test("policy explain names the nearest statement of a denied request and all that it lacks, with status 1", async () => {
  const request = ["--caller", ROLE, "--app", "reports", "--scope", "item_download item_upload"];
  const { status, stdout } = await explain(...request, "--resource", "https://api.box.com/2.0/folders/1");
  expect(status).toBe(1);
  expect(stdout).toBe(`deny (unauthorized_client)
  reason     no statement matches; the policy names callers, and the deployment gives this one no name
  nearest    reports-read
  lacks      the scope item_upload (it has item_download, base_preview)
  lacks      the resource https://api.box.com/2.0/folders/1 (it has ${FOLDER})
`);
  const denied = await asJson(...request);
  expect(denied).toMatchObject({ status: 1, decision: "deny", code: "unauthorized_client" });
  expect(denied.nearest).toEqual({
    statement: "reports-read",
    lacks: [{ what: "scope", requested: ["item_upload"], allowed: ["item_download", "base_preview"] }],
  });
});

describe("policy explain takes as caller", () => {
  test("an alias, which patterns match", async () => {
    const request = ["--caller", "alias:nightly-sync", "--app", "reports", "--subject", "user:42"];
    expect((await explain(...request)).stdout).toContain("token      the app's full token\n");
  });

  test("a session as the AWS CLI prints it, whose name counts for nothing", async () => {
    const session = "arn:aws:sts::123456789012:assumed-role/reports/anybody";
    expect(await asJson("--caller", session, "--app", "reports")).toMatchObject({
      statement: "reports-read",
    });
  });

  test("a name that the deployment gives", async () => {
    const given = await asJson("--caller", "name:etl", "--app", "etl");
    expect(given).toMatchObject({ statement: "named", isolate: true });
  });

  test("an ARN with the name that the deployment gives it, whose statements then count together", async () => {
    const request = ["--caller", ROLE, "--caller-name", "etl", "--app", "etl"];
    expect(await asJson(...request)).toMatchObject({ code: "invalid_request", status: 1 });
    expect((await asJson(...request)).advice).toContain("add scope");
  });
});

test("policy explain names --caller-name where the policy knows an ARN's name", async () => {
  const args = ["--caller", ROLE, "--app", "etl", "--subject", "user:1"];
  const advice = "If the deployment gives this ARN a name, add --caller-name etl.";
  const other = ["--caller", `${ROLE}-2`, "--app", "etl"];
  const { status, stdout } = await explain(...other);
  expect([status, stdout]).toEqual([
    1,
    [
      "deny (unauthorized_client)",
      "  reason     no statement matches; the policy names callers, and the deployment gives this one no name",
      "  nearest    named",
      `  lacks      the caller ${ROLE}-2 (it has etl)`,
      `  advice     ${advice}`,
      "",
    ].join("\n"),
  ]);
  expect(await asJson(...other)).toMatchObject({ decision: "deny", advice });
  expect((await explain(...other, "--caller-name", "other")).stdout).not.toContain("--caller-name");
  expect((await explain(...args)).stdout).not.toContain("--caller-name");
});

test("policy explain and its refusals are wrapped at the width of a terminal, with each value whole", async () => {
  const screen = { isOutTty: true, columns: 40, errColumns: 40 };
  const args = ["policy", "explain", path, "--caller", ROLE, "--app", "reports", "--scope"];
  const env = { NO_COLOR: "1" };
  const narrow = await boxSts([...args, "item_download item_upload"], env, screen);
  const wide = await boxSts([...args, "item_download item_upload"]);
  expect(narrow.stdout.split(/\s+/)).toEqual(wide.stdout.split(/\s+/));
  expect(narrow.stdout.split("\n").filter((line) => line.length > 40)).toEqual([]);
  const refusal = await boxSts([...args, "a  b"], env, screen);
  expect(refusal.stderr.split("\n").filter((line) => line.length > 40)).toEqual([]);
  expect(refusal.stderr.split(/\s+/)).toEqual((await boxSts([...args, "a  b"])).stderr.split(/\s+/));
  const json = await boxSts([...args, "item_download item_upload", "--json"], env, screen);
  expect(json.stdout.split("\n")).toHaveLength(2);
});

test("policy explain suggests the scope of Box that a misspelt one is close to", async () => {
  const { stdout } = await explain("--caller", ROLE, "--app", "reports", "--scope", "item_downlod");
  expect(stdout).toContain("advice     Box documents no scope item_downlod (did you mean item_download?).\n");
});

test.each([
  [["--app", "reports"], "Give --caller."],
  [
    ["--caller", "reports", "--app", "reports"],
    "The caller is reports; write the ARN of an IAM role or user,",
  ],
  [["--caller", "alias:12", "--app", "reports"], "The caller is alias:12; a name is 1 to 128 letters,"],
  [
    ["--caller", "alias:a", "--caller-name", "b", "--app", "c"],
    "A caller that is written as alias: has no other name",
  ],
  [["--caller", ROLE, "--app", "reports", "--subject", "user"], "The subject is user; write enterprise,"],
  [
    ["--caller", ROLE, "--app", "reports", "--subject", "user:x"],
    "--subject must be a Box enterprise or user id",
  ],
  [["--caller", ROLE, "--app", "reports", "--resource", "987"], "--resource must be one Box file or folder:"],
  [["--caller", ROLE, "--app", "a b"], "--app must be the name of a configured app:"],
])("policy explain refuses %j with status 2 and says what is allowed", async (args, sentence) => {
  const { status, stdout, stderr } = await explain(...args);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr.startsWith(`box-sts policy explain: ${sentence}`), stderr).toBe(true);
});

test("policy explain refuses a policy that is not valid with status 2 and its first issues", async () => {
  const broken = join(folder, "broken.json");
  writeFileSync(broken, '{"version":1,"statement":[]}');
  const args = ["policy", "explain", broken, "--caller", ROLE, "--app", "reports"];
  const { status, stderr } = await boxSts(args);
  expect(status).toBe(2);
  expect(stderr).toContain(`${broken} is no valid policy, so that every request is refused. /statement`);
});

test("policy explain allows a scope that Box does not document under an unrestricted statement, and says so", async () => {
  const request = ["--caller", "alias:nightly-sync", "--app", "reports", "--subject", "user:42", "--scope"];
  const nope = await explain(...request, "nope");
  expect(nope).toMatchObject({ status: 0, stderr: "" });
  expect(nope.stdout).toContain(
    "  advice     Box documents no scope nope. Box decides whether a token can have it.\n",
  );
  expect(await asJson(...request, "item_download item_downlod")).toMatchObject({
    status: 0,
    decision: "allow",
    advice:
      "Box documents no scope item_downlod (did you mean item_download?). Box decides whether a token can have it.",
  });
  expect(await asJson(...request, "item_download")).not.toHaveProperty("advice");
  expect(await asJson("--caller", ROLE, "--app", "reports", "--scope", "nope")).toMatchObject({
    decision: "deny",
    advice: "Box documents no scope nope.",
  });
});
