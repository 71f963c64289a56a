import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { boxSts } from "../../support/terminal.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-cli-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const statement = {
  id: "reports",
  caller: { iam: "arn:aws:iam::123456789012:role/reports" },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download"],
};
const policy = (...statements: readonly object[]) => ({ version: 1, statements });

/** Writes the policy to a file and checks it. */
function check(content: unknown, ...options: readonly string[]) {
  const path = join(folder, "policy.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return boxSts(["policy", "check", path, ...options]);
}

test("policy check accepts a valid policy with status 0", async () => {
  const { status, stdout, stderr } = await check(policy(statement));
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toBe(`${join(folder, "policy.json")}: valid, 1 statement\n`);
});

test("policy check reports each error of a policy with its code and position, and status 1", async () => {
  const broken = policy({ ...statement, scopes: ["item_downlod"] }, { ...statement, subjects: ["42"] });
  const { status, stdout } = await check(broken);
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /error: \/statements\/0\/scopes\/0 \(line 14, column 9\): .+item_download.+\[\w+\]\n/,
  );
  expect(stdout).toContain("[policy_subject_without_kind]");
  expect(stdout).toContain("[policy_statement_id_repeated]");
  const { stdout: json } = await check(broken, "--json");
  const { valid, errors } = JSON.parse(json);
  expect(valid).toBe(false);
  expect(errors[0]).toMatchObject({
    pointer: "/statements/0/scopes/0",
    line: 14,
    suggestion: "item_download",
  });
  for (const error of errors)
    expect(Object.keys(error)).toEqual(expect.arrayContaining(["code", "message", "fix"]));
});

test("policy check reports warnings with status 0, and with status 1 under --strict", async () => {
  const odd = policy({ ...statement, caller: { iam: "arn:aws:iam::123456789012:role/*" } });
  const { status, stdout } = await check(odd);
  expect(status).toBe(0);
  expect(stdout).toMatch(/warning: .+\[policy_every_identity\]\n.+: valid, 1 statement, 1 warning\n$/);
  expect((await check(odd, "--strict")).status).toBe(1);
  const { warnings } = JSON.parse((await check(odd, "--json")).stdout);
  expect(warnings).toMatchObject([{ code: "policy_every_identity", pointer: "/statements/0/caller/iam" }]);
});

test("policy check exits with status 2 where there is no such file, and names it", async () => {
  const path = join(folder, "missing.json");
  expect(await boxSts(["policy", "check", path])).toEqual({
    status: 2,
    stdout: "",
    stderr: `box-sts policy check: ${path} cannot be read: there is no such file.\n`,
  });
});

test("policy check colours its output on a terminal alone, and not under NO_COLOR", async () => {
  const path = join(folder, "policy.json");
  writeFileSync(path, JSON.stringify(policy(statement)));
  const args = ["policy", "check", path];
  expect((await boxSts(args, {}, true)).stdout).toContain("\u001b[32mvalid\u001b[0m");
  expect((await boxSts(args, { NO_COLOR: "1" }, true)).stdout).not.toContain("\u001b");
  expect((await boxSts(args)).stdout).not.toContain("\u001b");
});
