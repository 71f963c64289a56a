import { describe, expect, it } from "vitest";
import { areAllSampled } from "../../support/samples.ts";
import { paths, pullRequest, scanEvent, ZERO } from "./events.ts";
import { git, makeOrigin, shallowCheckout } from "./repository.ts";
import { KEY } from "./shapes.ts";

const origin = makeOrigin(
  [
    { id: "root", files: { "a.txt": "a\n" } },
    { id: "main", files: { "b.txt": "b\n" } },
    { id: "one", files: { "new.pem": KEY } },
    ...Array.from({ length: 24 }, (_, at) => ({ id: `more${at}`, files: { "c.txt": `${at}\n` } })),
    { id: "head", files: { "new.pem": null } },
  ],
  { "refs/heads/main": "main", "refs/heads/topic": "head" },
);
const { id } = origin;

/** A branch that was amended, and a tag that was moved: the server still has what they were before. */
const moved = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "before", files: { "b.txt": "b\n" } },
    { id: "one", parents: ["main"], files: { "new.pem": KEY } },
    { id: "after", files: { "new.pem": null } },
  ],
  { "refs/heads/main": "main", "refs/heads/topic": "after" },
  [
    { tag: "v1-before", of: "before", message: "Version 1" },
    { tag: "v1", of: "after", message: "Version 1" },
  ],
);
const movedObject = (name: string) => git(moved.folder, "rev-parse", name);

const push = (before: string, commits: number) => ({
  before,
  after: id("head"),
  ref: "refs/heads/topic",
  repository: { default_branch: "main" },
  commits: Array.from({ length: commits }, () => ({})),
});

/** GitHub lists no commit that it has seen on another branch, and none beyond a number that depends on its version. */
describe("a push from a shallow checkout is scanned whole", () => {
  it.each([
    ["that makes a branch of commits known from another branch, so that it lists none", ZERO, 0],
    ["that makes a branch and lists only the commits that are new to GitHub", ZERO, 1],
    ["that lists 20 of its 26 commits", id("main"), 20],
    ["whose former commits are gone, so that its list was made against others", "b".repeat(40), 2],
  ])("%s", async (_, before, commits) => {
    const report = await scanEvent(shallowCheckout(origin, id("head")), "push", push(before, commits));
    expect(report.problems).toEqual([]);
    expect(paths(report)).toEqual(["new.pem"]);
  });
});

/** GitHub lists no commits of a push that is forced, or that moves a tag. */
describe("a push from a shallow checkout that lists no commits is scanned whole", () => {
  const event = (before: string, after: string, ref: string, more: object) => ({
    before,
    after,
    ref,
    created: false,
    deleted: false,
    forced: true,
    base_ref: null,
    head_commit: { id: moved.id("after"), distinct: true },
    commits: [],
    repository: { default_branch: "main" },
    ...more,
  });
  const branch = (more: object = {}) =>
    event(moved.id("before"), moved.id("after"), "refs/heads/topic", more);

  it.each([
    ["where it is forced", branch()],
    ["where it is not forced", branch({ forced: false })],
    ["where it is forced and lists fewer than it has", branch({ commits: [{ id: moved.id("after") }] })],
    ["where it moves a tag", event(moved.id("before"), moved.id("after"), "refs/tags/v1", {})],
    [
      "where it moves an annotated tag",
      event(movedObject("refs/tags/v1-before"), movedObject("refs/tags/v1"), "refs/tags/v1", {}),
    ],
  ])("%s", async (_, payload) => {
    const report = await scanEvent(shallowCheckout(moved, payload.after), "push", payload);
    expect(report.problems).toEqual([]);
    expect(paths(report)).toEqual(["new.pem"]);
  });
});

it("a pull request whose payload counts no commits is scanned whole", async () => {
  const { id: of } = moved;
  const payload = pullRequest(of("before"), of("after"), 0);
  const report = await scanEvent(shallowCheckout(moved, of("after")), "pull_request", payload);
  expect(report.problems).toEqual([]);
  expect(paths(report)).toEqual(["new.pem"]);
});

it.each(areAllSampled ? [250, 10_000] : [250])(
  "a pull request of more than the %i commits that GitHub counts is scanned whole",
  async (counted) => {
    const empty = Array.from({ length: counted }, (_, at) => ({ id: `empty${at}` }));
    const large = makeOrigin([{ id: "main" }, { id: "key", files: { "new.pem": KEY } }, ...empty], {
      "refs/heads/main": "main",
    });
    const head = large.id(`empty${counted - 1}`);
    const report = await scanEvent(
      shallowCheckout(large, head),
      "pull_request",
      pullRequest(large.id("main"), head, counted),
    );
    expect(report.problems).toEqual([]);
    expect(paths(report)).toEqual(["new.pem"]);
  },
);
