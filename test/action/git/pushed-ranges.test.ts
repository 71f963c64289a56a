import { describe, expect, it } from "vitest";
import { paths, scanEvent, ZERO } from "./events.ts";
import { makeOrigin, shallowCheckout } from "./repository.ts";
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
