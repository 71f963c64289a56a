import { dayAfter } from "../../../action/suppressions/days.ts";
import { fullClone, git, makeOrigin } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";

/** A day that a suppression may name. */
export const SOON = dayAfter(new Date(), 200);

const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "x", files: { "k.pem": KEY } },
    { id: "pr", files: { "k.pem": null, "sub/b.txt": "b\n" } },
  ],
  { "refs/heads/main": "main", "refs/heads/pr": "pr" },
);

/** `main` and, checked out, `pr`, which had a key. */
export function repository(): string {
  const folder = fullClone(origin);
  git(folder, "checkout", "--quiet", "-b", "pr", "origin/pr");
  return folder;
}
