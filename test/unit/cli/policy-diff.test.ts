import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { patternClasses, TooManyClasses } from "../../../cli/policy/diff/pattern-classes.ts";
import { matchesPattern } from "../../../schemas/policy/pattern.ts";
import { boxSts } from "../../support/terminal.ts";

const ROLES = "arn:aws:iam::123456789012:role/";
const folderUrl = (id: string) => `https://api.box.com/2.0/folders/${id}`;
const read = {
  id: "read",
  caller: { iam: `${ROLES}reports` },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download", "base_preview"],
};
const sync = {
  id: "sync",
  caller: { alias: "sync" },
  app: "reports",
  subjects: ["user:*"],
  unrestricted: true,
};

const folder = mkdtempSync(join(tmpdir(), "box-sts-policy-diff-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function diff(before: readonly object[], after: readonly object[], ...options: readonly string[]) {
  const paths = [before, after].map((statements, index) => {
    const path = join(folder, `${index}.json`);
    writeFileSync(path, JSON.stringify({ version: 1, statements }));
    return path;
  });
  return boxSts(["policy", "diff", ...paths, ...options]);
}
/** The lines about changes, of which there is at least one. */
const changes = async (before: readonly object[], after: readonly object[]) => {
  const { status, stdout } = await diff(before, after);
  expect(status).toBe(0);
  return stdout.split("\n").filter((line) => /^(?:###|-) /.test(line));
};
const NOTHING = { status: 0, stdout: "**The policies give every request the same token.**\n", stderr: "" };

describe("policy diff sees no change", () => {
  test("where statements, scopes and subjects have another order and other ids", async () => {
    const written = { ...read, id: "other", scopes: ["base_preview", "item_download"] };
    expect(await diff([read, sync], [{ ...sync, subjects: ["user:*"] }, written])).toEqual(NOTHING);
  });

  test("where a role is written with its path, which sessions do not report", async () => {
    expect(await diff([read], [{ ...read, caller: { iam: `${ROLES}team/reports` } }])).toEqual(NOTHING);
  });

  test("where a pattern is added inside another that allows the same", async () => {
    const all = { ...read, subjects: ["user:*"] };
    expect(await diff([all], [{ ...all, subjects: ["user:*", "user:42"] }])).toEqual(NOTHING);
  });
});

describe("policy diff reports", () => {
  test("a widened caller, without those that had access before", async () => {
    expect(await changes([read], [{ ...read, caller: { iam: `${ROLES}reports*` } }])).toEqual([
      `### \`${ROLES}reports* except reports\``,
      "- **gains** `base_preview` `item_download`, not bound to a file or folder (app `reports`; `enterprise`)",
    ]);
  });

  test("a narrowed caller as lost by those that the new pattern no longer matches", async () => {
    const [heading, ...rows] = await changes(
      [{ ...read, caller: { alias: "team-*" } }],
      [{ ...read, caller: { alias: "team-a" } }],
    );
    expect(heading).toBe("### `alias:team-* except team-a`");
    expect(rows).toEqual([
      "- **loses** `base_preview` `item_download`, not bound to a file or folder (app `reports`; `enterprise`)",
    ]);
  });

  test("a scope and a folder more, and that requests must now name the folder", async () => {
    const bound = { ...read, resources: [folderUrl("1")] };
    const wider = {
      ...read,
      scopes: [...read.scopes, "item_upload"],
      resources: [folderUrl("1"), folderUrl("2")],
    };
    expect(await changes([bound], [wider])).toEqual([
      `### \`${ROLES}reports\``,
      "- **gains** `item_upload`, on `folders/1` (app `reports`; `enterprise`)",
      "- **gains** `base_preview` `item_download` `item_upload`, on `folders/2` (app `reports`; `enterprise`)",
      "- a request without scope and resource: `base_preview` `item_download`, on `folders/1` → refused (app `reports`; `enterprise`)",
      "- a request without scope, on `folders/1`: `base_preview` `item_download`, on `folders/1` → `base_preview` `item_download` `item_upload`, on `folders/1` (app `reports`; `enterprise`)",
      "- a request for `base_preview` `item_download` without resource: `base_preview` `item_download`, on `folders/1` → refused (app `reports`; `enterprise`)",
    ]);
  });

  test("the app's full token as one gain", async () => {
    const { scopes: _, ...others } = read;
    const rows = await changes([read], [{ ...others, unrestricted: true }]);
    expect(rows.filter((row) => row.includes("gains"))).toEqual([
      "- **gains** the app's full token (app `reports`; `enterprise`)",
    ]);
    expect(rows).toContain(
      "- a request without scope and resource: `base_preview` `item_download`, not bound to a file or folder → the app's full token (app `reports`; `enterprise`)",
    );
  });

  test("a new caller once, although its name is known by an alias and by a role", async () => {
    const named = { ...read, caller: { name: "etl" }, subjects: ["enterprise", "user:*"] };
    expect(await changes([], [named])).toEqual([
      "### `alias:etl`, `name:etl`",
      "- **gains** `base_preview` `item_download`, not bound to a file or folder (app `reports`; `enterprise`, `user:*`)",
    ]);
  });

  test("that a statement more makes requests ambiguous that were granted before", async () => {
    const rows = await changes([read], [read, { ...read, id: "second", scopes: ["item_upload"] }]);
    expect(rows).toContain(
      "- a request without scope and resource: `base_preview` `item_download`, not bound to a file or folder → refused (app `reports`; `enterprise`)",
    );
  });

  test("the right to end tokens at Box, and tokens that are no longer shared", async () => {
    expect(await changes([read], [{ ...read, revoke: true, isolate: true }])).toEqual([
      `### \`${ROLES}reports\``,
      "- **gains** the right to end tokens at Box: `base_preview` `item_download`, not bound to a file or folder (app `reports`; `enterprise`)",
      "- its tokens are now isolated from other callers (app `reports`; `enterprise`)",
    ]);
  });
});

test("policy diff --json has totals, and each change with its callers, apps and subjects", async () => {
  const { stdout } = await diff([read], [{ ...read, scopes: ["item_download"] }, sync], "--json");
  expect(JSON.parse(stdout)).toEqual({
    gains: 1,
    loses: 1,
    changes: 1,
    callers: [
      {
        callers: ["alias:sync"],
        changes: [{ change: "gains", right: "full-token", apps: ["reports"], subjects: ["user:*"] }],
      },
      {
        callers: [`${ROLES}reports`],
        changes: expect.arrayContaining([
          {
            change: "loses",
            right: "scopes",
            scopes: ["base_preview"],
            together: false,
            resources: [],
            apps: ["reports"],
            subjects: ["enterprise"],
          },
        ]),
      },
    ],
  });
});

test.each([
  ["never", [read, sync], 0],
  ["gain", [read, sync], 1],
  ["gain", [], 0],
  ["change", [], 1],
  ["change", [read], 0],
])("policy diff --fail-on %s exits with the status for what changed", async (failOn, after, status) => {
  expect((await diff([read], after, "--fail-on", failOn)).status).toBe(status);
});

test("policy diff refuses an unknown --fail-on and a second standard input with status 2", async () => {
  expect(await diff([], [], "--fail-on", "constructor")).toEqual({
    status: 2,
    stdout: "",
    stderr: "box-sts policy diff: --fail-on is constructor; write one of: never, gain, change.\n",
  });
  expect((await boxSts(["policy", "diff", "-", "-"])).status).toBe(2);
});

test("policy diff compares two policies of 1,000 statements each", async () => {
  const many = Array.from({ length: 1000 }, (_, index) => ({
    ...read,
    id: `s${index}`,
    caller: { iam: `${ROLES}team-${index}` },
    resources: [folderUrl(String(index))],
  }));
  const { stdout } = await diff(many, many.slice(1), "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    gains: 0,
    loses: 1,
    callers: [{ callers: [`${ROLES}team-0`] }],
  });
});

test("policy diff refuses policies whose patterns overlap in too many ways, instead of comparing a part", async () => {
  const letters = [..."abcdefghijklmnopqrstuv"];
  const overlapping = letters.map((letter) => ({ ...sync, id: letter, caller: { alias: `*${letter}*` } }));
  const { status, stdout, stderr } = await diff([sync], overlapping);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("overlap in too many ways to compare them completely");
});

describe("patternClasses", () => {
  const ids = {
    alphabet: "0123456789",
    maxLength: 3,
    phase: (text: string) => (text === "" ? "empty" : "id"),
    complete: ["id"],
  };
  const every = Array.from({ length: 1110 }, (_, index) =>
    index < 10
      ? `${index}`
      : index < 110
        ? String(index - 10).padStart(2, "0")
        : String(index - 110).padStart(3, "0"),
  );
  const matchedBy = (patterns: readonly string[], value: string) =>
    patterns.filter((pattern) => matchesPattern(pattern, value)).join(" ");

  test.each([
    [["1", "1*", "*"]],
    [["*1*", "*2*", "12"]],
    [["1*2", "12", "1*", "*2", "102"]],
    [["0*", "1*", "2*", "3*", "4*", "5*", "6*", "7*", "8*", "9*"]],
    [["1234", "1234*", "9*9*9"]],
    [[]],
  ])("has one example of each class of the values up to three digits, for %j", (patterns) => {
    const classes = patternClasses(patterns, ids, { unmatched: true });
    const found = classes.map(({ example }) => matchedBy(patterns, example));
    expect(new Set(found).size).toBe(found.length);
    expect(found.toSorted()).toEqual([...new Set(every.map((value) => matchedBy(patterns, value)))].sort());
    for (const { example, matched } of classes) {
      expect(every).toContain(example);
      expect([...matched].sort().join(" ")).toBe(matchedBy(patterns, example).split(" ").sort().join(" "));
    }
  });

  test("gives up where there are more classes than can be searched", () => {
    const patterns = Array.from({ length: 40 }, (_, index) => `*${String(index).padStart(2, "0")}*`);
    expect(() => patternClasses(patterns, { ...ids, maxLength: 20 }, { unmatched: true })).toThrow(
      TooManyClasses,
    );
  });
});
