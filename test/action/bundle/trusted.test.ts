import { existsSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { formatSecretHashes, hashSecret, newSalt } from "../../../action/suppressions/secret-hash.ts";
import { everyNth } from "../../support/samples.ts";
import { lint } from "../cli/command-line.ts";
import { ZERO } from "../git/events.ts";
import { fullClone, git, type Made, makeOrigin, shallowCheckout } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { SECRETS } from "../rules/vectors.ts";
import { runStep } from "./runner.ts";

const FILE = ".box-config-lint.json";
const schema = (type: string) => JSON.stringify({ properties: { port: { type } } });

/** The fingerprint of the key, as the command prints it. */
const identity = (() => {
  const made = makeOrigin([{ id: "main", files: { "k.pem": KEY } }], { "refs/heads/main": "main" });
  const { stdout } = lint(fullClone(made), "--history", "--format", "json");
  return JSON.parse(stdout).findings[0].identity as string;
})();
const expires = new Date(Date.now() + 200 * 86_400_000).toISOString().slice(0, 10);
const excuse = JSON.stringify({ ignore: [{ identity, reason: "a test", expires }] });

/** `topic`: one push brings the suppression, the next one the key. `excused`: the same on a default branch with the suppression. */
const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n", "port.schema.json": schema("integer") } },
    { id: "excuse", files: { [FILE]: excuse } },
    { id: "key", files: { "k.pem": KEY } },
    {
      id: "loosened",
      parents: ["main"],
      files: { "port.schema.json": schema("string"), "port.json": '{"port":"80"}' },
    },
    {
      id: "introduced",
      parents: ["main"],
      files: { "new.schema.json": schema("integer"), "port.json": '{"port":"80"}' },
    },
  ],
  {
    "refs/heads/main": "main",
    "refs/heads/topic": "key",
    "refs/heads/excused": "excuse",
    "refs/heads/loosened": "loosened",
    "refs/heads/introduced": "introduced",
  },
);
const { id } = origin;

const push = (before: string, after: string, branch: string, defaultBranch: string | null) => ({
  event: "push",
  payload: {
    before,
    after,
    ref: `refs/heads/${branch}`,
    commits: [{}],
    repository: defaultBranch === null ? {} : { default_branch: defaultBranch },
  },
});

/** What actions/checkout leaves: by default one commit, with `fetch-depth: 0` everything. */
const CHECKOUTS: readonly (readonly [string, (made: Made, commit: string) => string])[] = [
  ["a shallow checkout", (made, commit) => shallowCheckout(made, commit, "refs/remotes/origin/topic")],
  ["a full clone", (made) => fullClone(made)],
];

describe.each(everyNth(CHECKOUTS, 2))("a push, from %s,", (_, checkout) => {
  it("to a branch ignores a suppression that an earlier push to the branch has brought", () => {
    const run = runStep(checkout(origin, id("key")), push(id("excuse"), id("key"), "topic", "main"));
    expect(run).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1" } });
    expect(run.stdout).toMatch(/^k\.pem\n {2}1:1 {2}certain {2}private-key/m);
  });

  it("of a new branch uses the suppressions of the default branch alone", () => {
    const workspace = checkout(origin, id("key"));
    expect(runStep(workspace, push(ZERO, id("key"), "topic", "main"))).toMatchObject({
      status: 1,
      stderr: "",
    });
    const excused = runStep(workspace, push(ZERO, id("key"), "topic", "excused"));
    expect(excused).toMatchObject({ status: 0, stderr: "" });
    expect(excused.stdout).toContain("1 finding suppressed by fingerprint");
  });

  it("to the default branch uses the suppressions that were there before", () => {
    const workspace = checkout(origin, id("key"));
    const run = (before: string) => runStep(workspace, push(id(before), id("key"), "topic", "topic"));
    expect(run("excuse")).toMatchObject({ status: 0, stderr: "" });
    expect(run("main")).toMatchObject({ status: 1, stderr: "" });
  });

  it.each([
    ["is not at origin", "gone", "The default branch gone is not at origin."],
    ["is not in the event", null, "The event names no default branch."],
  ])("suppresses nothing where the default branch %s, and says so", (_why, branch, sentence) => {
    const workspace = checkout(origin, id("key"));
    const run = runStep(workspace, push(id("excuse"), id("key"), "topic", branch));
    expect(run).toMatchObject({ status: 1, stderr: "" });
    expect(run.stdout).toContain(
      `Note: ${sentence} Suppressions are read from there, so none count in this run.`,
    );
    const mapped = {
      ...push(id("excuse"), id("key"), "topic", branch),
      inputs: { schemas: "*.json=s.json" },
    };
    expect(runStep(workspace, mapped).stdout).toContain(
      `Could not scan: ${sentence} Schemas are read from there;`,
    );
  });
});

it("a push suppresses nothing where the default branch cannot be fetched, and says so", () => {
  const workspace = shallowCheckout(origin, id("key"), "refs/remotes/origin/topic");
  git(workspace, "fetch", "--quiet", "--depth=5", "origin", id("key"));
  git(workspace, "remote", "set-url", "origin", "file:///nowhere");
  const run = runStep(workspace, push(id("excuse"), id("key"), "topic", "main"));
  expect(run).toMatchObject({ status: 1, stderr: "" });
  expect(run.stdout).toMatch(
    /^Note: The branch main could not be fetched from origin; add this line .*none count/m,
  );
});

describe("a push, from a clone that a runner keeps,", () => {
  const kept = (make: () => string) => {
    const workspace = make();
    for (const [branch, at] of [
      ["main", "excuse"],
      ["topic", "key"],
    ] as const)
      git(workspace, "fetch", "--quiet", "origin", `+${id(at)}:refs/remotes/origin/${branch}`);
    return workspace;
  };
  const run = (workspace: string) => runStep(workspace, push(id("excuse"), id("key"), "topic", "main"));

  it("uses the suppressions that the default branch has now", () => {
    const shallow = () => shallowCheckout(origin, id("key"), "refs/remotes/origin/topic");
    expect(run(kept(shallow))).toMatchObject({ status: 1, stderr: "" });
    expect(run(kept(() => fullClone(origin)))).toMatchObject({ status: 1, stderr: "" });
  });

  it("uses those that the clone has of the default branch where it cannot be fetched", () => {
    const workspace = kept(() => fullClone(origin));
    git(workspace, "remote", "set-url", "origin", "file:///nowhere");
    expect(run(workspace)).toMatchObject({ status: 0, stderr: "" });
  });
});

it.each(["workflow_dispatch", "release", "create"])(
  "a scan of the history for %s uses the suppressions of the default branch, not of the branch that it runs on",
  (event) => {
    const run = (branch: string) =>
      runStep(fullClone(origin), {
        event,
        payload: { repository: { default_branch: branch } },
        environment: { GITHUB_SHA: id("key"), GITHUB_REF_NAME: "topic" },
      });
    expect(run("main")).toMatchObject({ status: 1, stderr: "" });
    expect(run("excused")).toMatchObject({ status: 0, stderr: "" });
  },
);

describe("a pull request to a base that suppresses the secret in a file", () => {
  const { alnum = "", other = "" } = SECRETS;
  const env = (secret: string) => `BOX_CLIENT_SECRET=${secret}\n`;
  const place = { identity: "box-secret:.env#BOX_CLIENT_SECRET", reason: "reset", expires };
  const salt = newSalt();
  const secretHash = formatSecretHashes({ salt, hashes: [hashSecret(alnum, salt)] });
  const request = (entry: object, secret: string) => {
    const file = JSON.stringify({ ignore: [entry] });
    const made = makeOrigin(
      [
        { id: "main", files: { [FILE]: file } },
        { id: "pr", files: { ".env": env(secret) } },
      ],
      { "refs/heads/main": "main", "refs/pull/1/head": "pr" },
    );
    const payload = {
      pull_request: { base: { sha: made.id("main") }, head: { sha: made.id("pr") }, commits: 1 },
      repository: { default_branch: "main" },
    };
    return runStep(shallowCheckout(made, made.id("pr")), { event: "pull_request", payload });
  };

  it("passes with that secret and fails with another one at the same place", () => {
    expect(request({ ...place, secretHash }, alnum)).toMatchObject({ status: 0, stderr: "" });
    const caught = request({ ...place, secretHash }, other);
    expect(caught).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1" } });
    for (const secret of [alnum, other])
      expect(caught.stdout + caught.summary).not.toContain(secret.slice(0, 8));
  });

  it("fails where the entry does not say which secret it is for, and says how to renew it", () => {
    const run = request(place, alnum);
    expect(run).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1" } });
    expect(run.stdout).toContain("suppresses nothing, because any other secret at the same place would pass");
    expect(run.stdout).toContain("Renew with: box-config-lint baseline");
  });

  it("fails where an entry names a day more than a year away", () => {
    const run = request({ ...place, secretHash, expires: "2999-01-01" }, alnum);
    expect(run).toMatchObject({ status: 2, stderr: "", outputs: { findings: "1" } });
    expect(run.stdout).toMatch(/the entry at line 1 has an "expires" more than a year away; write \d{4}-/);
  });
});

describe("the users' schemas", () => {
  const request = (head: string, schemas: string) => {
    const workspace = shallowCheckout(origin, id(head));
    git(workspace, "checkout", "--quiet", "--force", id(head));
    expect(existsSync(`${workspace}/port.json`)).toBe(true);
    const payload = {
      pull_request: { base: { sha: id("main") }, head: { sha: id(head) }, commits: 1 },
      repository: { default_branch: "main" },
    };
    return runStep(workspace, { event: "pull_request", payload, inputs: { schemas } });
  };

  it("are read from the base, so that a change cannot loosen the one that it breaks", () => {
    for (const path of ["port.schema.json", "./port.schema.json"]) {
      const run = request("loosened", `port.json=${path}`);
      expect(run).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1" } });
      expect(run.stdout).toMatch(/^port\.json\n {2}1:9 {2}certain {2}schema/m);
    }
  });

  it("are read from the disk where the base does not have them yet, and a notice says so", () => {
    const run = request("introduced", "port.json=new.schema.json");
    expect(run).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1" } });
    expect(run.stdout).toContain(
      `Note: The schema new.schema.json is not in the commit ${id("main").slice(0, 12)}, which decides: the one on the disk counts until it is there.`,
    );
  });

  it("are read from the base of a range on the command line, and otherwise from the disk", () => {
    const folder = fullClone(origin);
    git(folder, "checkout", "--quiet", "--force", id("loosened"));
    const run = (...args: readonly string[]) =>
      lint(folder, "--schemas", "port.json=port.schema.json", ...args);
    expect(run("--range", "origin/main..HEAD")).toMatchObject({ status: 1, stderr: "" });
    expect(run(".")).toMatchObject({ status: 0, stderr: "" });
    expect(run(".", "--suppressions-from", "origin/main")).toMatchObject({ status: 1, stderr: "" });
  });
});
