import { expect, it } from "vitest";
import { paths, pullRequest, scanEvent } from "./events.ts";
import { fullClone, git, type Made, makeOrigin, shallowCheckout } from "./repository.ts";
import type { Shape } from "./shapes.ts";

/** As GitHub has it: the base branch, the head under the pull request's number, and their merge. */
function onGitHub({ commits }: Shape): Made {
  return makeOrigin([...commits, { id: "merge", parents: ["main", "pr"] }], {
    "refs/heads/main": "main",
    "refs/pull/1/head": "pr",
    "refs/pull/1/merge": "merge",
  });
}

const payloadOf = ({ folder, id }: Made) =>
  pullRequest(
    id("main"),
    id("pr"),
    Number(git(folder, "rev-list", "--count", id("pr"), "--not", id("main"))),
  );

/** For each shape, whether the default checkout is enough. */
export function testShallow(shapes: readonly Shape[]): void {
  it.each(shapes.map((shape) => [shape.name, shape] as const))(
    "a pull request that %s gives its findings in the default shallow checkout",
    async (_, shape) => {
      const origin = onGitHub(shape);
      const shallow = await scanEvent(
        shallowCheckout(origin, origin.id("merge")),
        "pull_request",
        payloadOf(origin),
      );
      expect(shallow.problems).toEqual([]);
      expect(paths(shallow)).toEqual(shape.found);
    },
  );
}

/** For each shape, whether it makes no difference how much is checked out. */
export function testBoth(shapes: readonly Shape[]): void {
  it.each(shapes.map((shape) => [shape.name, shape] as const))(
    "a pull request that %s gives the same findings in a full clone and in the default shallow checkout",
    async (_, shape) => {
      const origin = onGitHub(shape);
      const full = await scanEvent(fullClone(origin), "pull_request", payloadOf(origin));
      expect(full.problems).toEqual([]);
      expect(paths(full)).toEqual(shape.found);

      const shallow = await scanEvent(
        shallowCheckout(origin, origin.id("merge")),
        "pull_request",
        payloadOf(origin),
      );
      expect(shallow.problems).toEqual([]);
      expect(paths(shallow)).toEqual(shape.found);
      expect(shallow.findings).toEqual(full.findings);
    },
  );
}

/** Every third shape is scanned in both checkouts by `npm test`; `npm run test:exhaustive` scans the others so. */
export const inBoth = (_: Shape, index: number): boolean => index % 3 === 1;
