import { appendFileSync, rmSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { everyNth } from "../../support/samples.ts";
import { paths, pullRequest, scanEvent, ZERO } from "./events.ts";
import { fullClone, git, makeOrigin, shallowCheckout, temporaryFolder } from "./repository.ts";
import { KEY } from "./shapes.ts";

const HISTORY = [
  { id: "root", files: { "a.txt": "a\n", "old.pem": KEY } },
  { id: "main", files: { "old.pem": null } },
  { id: "one", files: { "b.txt": "b\n" } },
  { id: "two", files: { "new.pem": `${KEY}\n` } },
  { id: "three", files: { "new.pem": null, "c.txt": "c\n" } },
];
const repository = { default_branch: "main" };
const push = (before: string, after: string, ref = "refs/heads/topic", more: object = {}) => ({
  before,
  after,
  ref,
  repository,
  ...more,
});
const origin = makeOrigin(HISTORY, { "refs/heads/main": "main", "refs/heads/topic": "three" }, [
  { tag: "v1", of: "three", message: `Version 1\n\n${KEY}` },
  { tag: "v0", of: "main", message: "Version 0" },
]);
const { id } = origin;
const tag = (name: string) => git(origin.folder, "rev-parse", `refs/tags/${name}`);

/** Events that see `new.pem` and not `old.pem`, from the default shallow checkout of the commit that GitHub gives. */
const SEES_NEW: readonly [string, string, object][] = [
  ["a push", "push", push(id("main"), id("three"), "refs/heads/topic", { commits: [{}, {}, {}] })],
  ["a push whose payload does not list its commits", "push", push(id("main"), id("three"))],
  ["a push of a new branch", "push", push(ZERO, id("three"))],
  ["a forced push whose former commits are gone", "push", push("b".repeat(40), id("three"))],
  [
    "a forced push to another line",
    "push",
    push(id("main"), id("three"), "refs/heads/topic", { forced: true }),
  ],
  ["a merge group", "merge_group", { merge_group: { base_sha: id("main"), head_sha: id("three") } }],
  ["a pull request", "pull_request", pullRequest(id("main"), id("three"), 3)],
  [
    "a pull request whose payload does not list its commits",
    "pull_request",
    pullRequest(id("main"), id("three")),
  ],
  ["pull_request_target", "pull_request_target", pullRequest(id("main"), id("three"), 3)],
];

describe.each(everyNth(SEES_NEW, 3))("%s", (_, event, payload) => {
  it("scans the blobs of its commits, from a shallow checkout and from a full clone", async () => {
    for (const folder of [shallowCheckout(origin, id("three")), fullClone(origin)]) {
      const report = await scanEvent(folder, event, payload);
      expect(report.problems).toEqual([]);
      expect(paths(report)).toEqual(["new.pem"]);
      expect(report.findings[0]).toMatchObject({ commit: id("two"), atHead: false });
    }
  });
});

describe.each(everyNth(["schedule", "workflow_dispatch", "repository_dispatch"], 3))("%s", (event) => {
  it("scans the whole history, from a shallow checkout too", async () => {
    for (const folder of [shallowCheckout(origin, id("three")), fullClone(origin)]) {
      const report = await scanEvent(folder, event, { repository }, { sha: id("three") });
      expect(report.problems).toEqual([]);
      expect(paths(report)).toEqual(["new.pem", "old.pem"]);
    }
  });
});

describe("a push", () => {
  it("of a tag scans the tag's message too", async () => {
    const report = await scanEvent(
      shallowCheckout(origin, tag("v1"), "refs/tags/v1"),
      "push",
      push(ZERO, tag("v1"), "refs/tags/v1"),
    );
    expect(report.problems).toEqual([]);
    expect(paths(report)).toEqual(["COMMIT_MESSAGE", "new.pem"]);
  });

  it("of a tag on the default branch scans nothing", async () => {
    const report = await scanEvent(fullClone(origin), "push", push(ZERO, tag("v0"), "refs/tags/v0"));
    expect(report).toMatchObject({ problems: [], findings: [] });
  });

  it("that deletes a branch has nothing to scan, and says so", async () => {
    const report = await scanEvent(
      temporaryFolder(),
      "push",
      push(id("main"), ZERO, "refs/heads/x", { deleted: true }),
    );
    expect(report).toMatchObject({ problems: [], notices: ["The push deletes a branch or tag."] });
  });

  it("that is the first of a repository scans everything", async () => {
    const report = await scanEvent(
      shallowCheckout(origin, id("main")),
      "push",
      push(ZERO, id("main"), "refs/heads/main"),
    );
    expect(report.problems).toEqual([]);
    expect(paths(report)).toEqual(["old.pem"]);
    expect(report.base).toBeNull();
  });

  it("that is forced to the default branch, with its former commits gone, scans everything", async () => {
    const gone = push("b".repeat(40), id("main"), "refs/heads/main", { forced: true });
    const report = await scanEvent(shallowCheckout(origin, id("main")), "push", gone);
    expect(report.problems).toEqual([]);
    expect(paths(report)).toEqual(["old.pem"]);
  });
});

describe("what cannot be scanned", () => {
  it("is reported with the line for the workflow where origin cannot be reached", async () => {
    for (const [event, payload] of [
      ["pull_request", pullRequest(id("main"), id("three"), 3)],
      ["push", push(id("main"), id("three"))],
      ["push", push(ZERO, id("three"))],
      ["merge_group", { merge_group: { base_sha: id("main"), head_sha: id("three") } }],
      ["schedule", { repository }],
    ] as const) {
      const folder = shallowCheckout(origin, id("three"));
      git(folder, "remote", "set-url", "origin", "file:///nowhere");
      const report = await scanEvent(folder, event, payload, { sha: id("three") });
      expect(report.problems).toHaveLength(1);
      expect(report.problems?.[0]).toMatch(
        /add this line to the `with:` of actions\/checkout: fetch-depth: 0$/,
      );
    }
  });

  it.each([
    [
      "an unknown event",
      "issues",
      {},
      /^The event issues names no commits to scan; run on one of: pull_request,/,
    ],
    ["a payload without commits", "pull_request", {}, /does not name the commits/],
    [
      "an option instead of a commit",
      "push",
      push("--output=x", ZERO.replaceAll("0", "1")),
      /does not name the commits/,
    ],
    [
      "an expression instead of a commit",
      "pull_request",
      pullRequest("HEAD~1", "main"),
      /does not name the commits/,
    ],
  ])("is reported for %s", async (_, event, payload, sentence) => {
    const report = await scanEvent(fullClone(origin), event, payload);
    expect(report.problems).toEqual([expect.stringMatching(sentence)]);
  });

  it("is reported where there is no repository, no folder or no Git", async () => {
    const payload = pullRequest(id("main"), id("three"), 3);
    const problem = async (folder: string) => (await scanEvent(folder, "pull_request", payload)).problems;
    expect(await problem(temporaryFolder())).toEqual([expect.stringMatching(/is not in a Git repository; /)]);
    expect(await problem("/nowhere")).toEqual([
      expect.stringMatching(/^Git cannot be started in \/nowhere: install Git/),
    ]);
    const { PATH } = process.env;
    process.env.PATH = "/nowhere";
    try {
      expect(await problem(temporaryFolder())).toEqual([
        expect.stringMatching(/: install Git and put it on the PATH/),
      ]);
    } finally {
      process.env.PATH = PATH;
    }
  });
});

describe("suppressions", () => {
  const found = `{"ignore":[{"identity":"IDENTITY","reason":"known","expires":"2027-01-01"}]}`;
  const change = async (base: string | null, head: string | null, event = "pull_request") => {
    const file = (text: string | null) => (text === null ? {} : { ".box-config-lint.json": text });
    const made = makeOrigin(
      [
        { id: "main", files: { "a.txt": "a\n", ...file(base) } },
        { id: "pr", files: { "k.pem": KEY, ...file(head) } },
      ],
      { "refs/heads/main": "main", "refs/heads/pr": "pr" },
    );
    const payload = {
      pull_request: pullRequest(made.id("main"), made.id("pr"), 1),
      push: push(made.id("main"), made.id("pr")),
      "push of a new branch": push(ZERO, made.id("pr")),
      merge_group: { merge_group: { base_sha: made.id("main"), head_sha: made.id("pr") } },
    }[event];
    return scanEvent(shallowCheckout(made, made.id("pr")), event.split(" ")[0] ?? "", payload ?? {});
  };
  const identity = async () => (await change(null, null)).findings[0]?.identity ?? "";

  it.each(["pull_request", "push", "push of a new branch", "merge_group"])(
    "count as the base has them, on %s",
    async (event) => {
      const text = found.replace("IDENTITY", await identity());
      expect(await change(text, null, event)).toMatchObject({
        findings: [],
        suppressed: [{ path: "k.pem" }],
        problems: [],
      });
      expect(await change(null, text, event)).toMatchObject({
        findings: [{ path: "k.pem" }],
        suppressed: [],
      });
    },
  );

  it("that only the change brings do not count, which a notice says; without a file there is no notice", async () => {
    const text = found.replace("IDENTITY", await identity());
    for (const event of ["pull_request", "push", "push of a new branch", "merge_group"])
      expect((await change(null, text, event)).notices).toEqual([
        expect.stringMatching(
          /^\.box-config-lint\.json is in the commit [0-9a-f]{12} and not in [0-9a-f]{12}, from which suppressions are read: it does not count in this run\.$/,
        ),
      ]);
    for (const base of [text, null]) expect((await change(base, null)).notices).toEqual([]);
  });

  it("that could not be used after the merge fail the change that brings them", async () => {
    const text = found.replace("IDENTITY", await identity());
    const broken = text.replace("2027", "2999");
    for (const event of ["pull_request", "push", "push of a new branch", "merge_group"])
      expect((await change(text, broken, event)).problems).toEqual([
        expect.stringMatching(
          /^\.box-config-lint\.json, as the change has it, cannot be used: the entry at line 1 has an "expires" more than a year away/,
        ),
      ]);
    expect((await change(null, broken)).problems).toHaveLength(1);
    expect((await change(null, text)).problems).toEqual([]);
  });

  it("with a day that is past are refused in the change that brings them, and only reported on the base", async () => {
    const past = found.replace("IDENTITY", "spki-sha256:00").replace("2027-01-01", "2026-11-20");
    expect((await change(null, past)).problems).toEqual([
      ".box-config-lint.json, as the change has it, has an entry for spki-sha256:00 with the day 2026-11-20, which is past; write 2026-11-21 or a later day, or remove it.",
    ]);
    const more = JSON.stringify({ ignore: [...JSON.parse(past).ignore, { ...JSON.parse(found).ignore[0] }] });
    expect((await change(past, more)).problems).toEqual([]);
    const ofPath = { path: "testdata/**", kinds: ["pkcs8"], reason: "r", expires: "2026-11-20" };
    expect((await change(past, JSON.stringify({ ignore: [ofPath] }))).problems).toEqual([
      expect.stringContaining(
        "an entry for the path testdata/** (pkcs8) with the day 2026-11-20, which is past;",
      ),
    ]);
  });

  it("that cannot be used do not fail the change that corrects them, and suppress nothing in it", async () => {
    const text = found.replace("IDENTITY", await identity());
    const broken = text.replace("2027", "2999");
    const corrected = await change(broken, text);
    expect(corrected).toMatchObject({ problems: [], findings: [{ path: "k.pem" }], suppressed: [] });
    expect(corrected.notices).toEqual([
      expect.stringMatching(
        /^\.box-config-lint\.json cannot be used: .* Nothing is suppressed in this run; the change corrects the file\.$/,
      ),
    ]);
    const alike = await change(broken, text.replace("2027", "2888"));
    expect(alike.problems).toHaveLength(2);
    expect((await change(broken, null)).problems).toHaveLength(1);
  });

  it("that have expired suppress nothing, and are reported", async () => {
    const text = found.replace("IDENTITY", await identity()).replace("2027", "2020");
    const report = await change(text, null);
    expect(report.findings).toHaveLength(1);
    expect(report.notices).toEqual([
      expect.stringMatching(
        /^\.box-config-lint\.json: the entry for spki-sha256:\w+ expired on 2020-01-01; /,
      ),
    ]);
  });

  it("that cannot be read are reported, and everything is scanned anyway", async () => {
    const report = await change("{ not json", null);
    expect(report.findings).toHaveLength(1);
    expect(report.problems).toEqual([expect.stringMatching(/^\.box-config-lint\.json cannot be used: /)]);
  });

  it("that match no finding are reported where the full history was scanned", async () => {
    const made = makeOrigin(
      [{ id: "main", files: { ".box-config-lint.json": found.replace("IDENTITY", "spki-sha256:00") } }],
      { "refs/heads/main": "main" },
    );
    const report = await scanEvent(fullClone(made), "schedule", { repository }, { sha: made.id("main") });
    expect(report.notices).toEqual([
      ".box-config-lint.json: nothing has the identity spki-sha256:00 any more; remove its entry.",
    ]);
  });
});

it("a scan runs no program that the repository configures", async () => {
  const folder = fullClone(origin);
  const mark = `${temporaryFolder()}/ran`;
  for (const setting of [
    "core.fsmonitor",
    "diff.external",
    "core.pager",
    "core.sshCommand",
    "diff.x.textconv",
  ])
    git(folder, "config", setting, `touch ${mark}; true`);
  git(folder, "config", "core.hooksPath", `${folder}/hooks`);
  git(folder, "config", "log.showSignature", "true");
  git(folder, "config", "gpg.program", `touch ${mark}; true`);
  appendFileSync(`${folder}/.git/info/attributes`, "* diff=x filter=x\n");
  const report = await scanEvent(folder, "push", push(id("main"), id("three")));
  expect(report.problems).toEqual([]);
  expect(paths(report)).toEqual(["new.pem"]);
  expect(() => rmSync(mark)).toThrow(/ENOENT/);
});

it("a scan reads the original objects where the repository replaces them", async () => {
  const folder = fullClone(origin);
  git(folder, "replace", id("two"), id("one"));
  expect(paths(await scanEvent(folder, "push", push(id("main"), id("three"))))).toEqual(["new.pem"]);
});
