import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { lint, lintIn } from "../cli/command-line.ts";
import { fullClone, git, makeOrigin } from "./repository.ts";
import { KEY } from "./shapes.ts";

const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "new", files: { "d/k.pem": KEY } },
  ],
  { "refs/heads/main": "new" },
);
const SCANS = [["--range", "HEAD~1..HEAD"], ["--history"], ["--staged"], ["."]];

/** A clone with a key in each place that a scan reads. */
function repository(): string {
  const folder = fullClone(origin);
  git(folder, "reset", "--quiet", "--hard");
  writeFileSync(join(folder, "staged.pem"), `${KEY}\n`);
  git(folder, "add", "staged.pem");
  return folder;
}

describe("a scan finds the same", () => {
  it.each([
    ["i18n.logOutputEncoding", "UTF-16"],
    ["diff.orderFile", "/nonexistent"],
    ["core.abbrev", "4"],
    ["core.quotePath", "true"],
    ["color.ui", "always"],
    ["log.showSignature", "true"],
    ["format.pretty", "oneline"],
  ])("where Git's configuration has %s=%s", (name, value) => {
    const folder = repository();
    git(folder, "config", name, value);
    for (const args of SCANS) expect([args, lint(folder, ...args)]).toMatchObject([args, { status: 1 }]);
  });

  it.each([
    ["GIT_GLOB_PATHSPECS", "1"],
    ["GIT_NOGLOB_PATHSPECS", "1"],
    ["GIT_ICASE_PATHSPECS", "1"],
    ["GIT_LITERAL_PATHSPECS", "0"],
  ])("where the environment has %s=%s", (name, value) => {
    const folder = repository();
    for (const args of SCANS)
      expect([args, lintIn(folder, args, { [name]: value })]).toMatchObject([args, { status: 1 }]);
  });
});
