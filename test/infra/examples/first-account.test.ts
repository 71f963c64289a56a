import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOT } from "../synth.ts";
import { type FirstAccount, headings, SCRIPT, startFirstAccount } from "./first-account.ts";

let account: FirstAccount;
beforeAll(async () => {
  account = await startFirstAccount();
});
afterAll(() => account?.sandbox.close());

const ONLY = ["alias-is-exclusive", "no-direct-way", "url-caller", "health", "replica"].flatMap((id) => [
  "--only",
  id,
]);
const asCallers = (caller: string) => [
  "--alias",
  "everything",
  "--alias-caller",
  caller,
  "--url-caller",
  caller,
];
describe("examples/first-account/prove.mjs, run against the sandbox,", () => {
  test("proves every claim that the sandbox's Lambda can check", async () => {
    const replica = ["--replica-outputs", account.file("outputs.json")];
    const ended = await account.prove([...ONLY, ...asCallers("everything"), ...replica]);
    expect(ended.stderr).toBe("");
    expect(headings(ended)).toEqual([
      "ok     1 alias-is-exclusive",
      "ok     2 no-direct-way",
      "ok     3 url-caller",
      "ok     4 health",
      "ok     5 replica",
      "skip   6 foreign-caller",
      "skip   7 alarms",
      "skip   8 bill",
      "skip   9 rollback",
      "skip  10 destroy",
      "skip  11 closed-table",
    ]);
    expect(ended.lines.at(-1)).toBe("5 proven, 0 failed, 6 not run");
    expect(ended.status).toBe(0);
  });

  test("fails where an administrator gets a caller's token, and prints no token", async () => {
    const ended = await account.prove([...ONLY, ...asCallers("everything"), "--administrator", "everything"]);
    expect(headings(ended)).toContain("FAIL   1 alias-is-exclusive");
    expect(ended.lines).toContain("      ! the administrator invokes everything");
    expect(ended.lines.join("\n")).not.toMatch(/1![\w-]{20}/);
    expect(ended.status).toBe(1);
  });

  test("names what a check needs, and runs none that changes something unless --with names it", async () => {
    const ended = await account.prove([
      "--only",
      "url-caller",
      "--only",
      "rollback",
      "--config",
      "deploy.json",
    ]);
    expect(ended.lines).toEqual(
      expect.arrayContaining(["        needs --url-caller", "        changes something: --with rollback"]),
    );
    expect(ended.lines.at(-1)).toBe("0 proven, 0 failed, 11 not run");
  });

  test("prints its usage for --help", async () => {
    const { status, lines, stderr } = await account.prove(["--help"]);
    expect([status, stderr]).toEqual([0, ""]);
    expect(lines[0]).toMatch(/^Usage: node prove\.mjs OUTPUTS\.json \[--stack …\] /);
  });

  test("says in a sentence what is wrong with the file of outputs or with an option", async () => {
    writeFileSync(account.file("no-stacks.json"), "{}");
    writeFileSync(account.file("no-json.json"), "{");
    const refusal = async (outputs: string, ...args: readonly string[]) => {
      const { status, stderr } = await account.prove(args, {}, outputs);
      expect(status).toBe(2);
      return stderr.split("\n")[0];
    };
    const another = "Name the file that cdk deploy --outputs-file has written.";
    expect(await refusal("missing.json")).toBe(
      `${account.file("missing.json")} cannot be read: there is no such file. ${another}`,
    );
    expect(await refusal("no-json.json")).toBe(`${account.file("no-json.json")} is not JSON. ${another}`);
    expect(await refusal("no-stacks.json")).toBe(
      `${account.file("no-stacks.json")} has the outputs of no stack. ${another}`,
    );
    expect(await refusal("outputs.json", "--stack", "other")).toBe(
      `${account.file("outputs.json")} has no outputs of the stack other; name one of box-sts by --stack.`,
    );
    expect(await refusal("outputs.json", "--onyl", "bill")).toBe("Unknown option '--onyl'.");
  });

  test("refuses a check that there is not, with those that there are", async () => {
    const { status, stderr } = await account.prove(["--only", "alarm"]);
    expect(stderr).toMatch(/^There is no check alarm; there are alias-is-exclusive, .*alarms/);
    expect(status).toBe(2);
  });
});

test("its check of the shared cache is not run for a deployment without one, and says so", async () => {
  const ended = await account.prove(["--only", "closed-table"]);
  expect(ended.lines).toContain("        needs the output SharedCacheTable");
  expect(ended.status).toBe(0);
});

test("docs/first-account.md has a row for every check of the script", () => {
  const checks = [...readFileSync(join(SCRIPT, "../checks.mjs"), "utf8").matchAll(/^ {4}id: "([a-z-]+)"/gm)];
  const rows = [
    ...readFileSync(join(ROOT, "docs/first-account.md"), "utf8").matchAll(/^\| `([a-z-]+)` \|/gm),
  ];
  expect(checks).toHaveLength(11);
  expect(rows.map(([, id]) => id)).toEqual(checks.map(([, id]) => id));
});
