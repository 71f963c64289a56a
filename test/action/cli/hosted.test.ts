import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runStep, runStepProcess } from "../bundle/runner.ts";
import { pullRequest } from "../git/events.ts";
import { makeOrigin, shallowCheckout, temporaryFolder } from "../git/repository.ts";
import { KEY } from "../git/shapes.ts";
import { lint, lintProcess } from "./command-line.ts";

/** The other tests here use one process for many runs: each kind of run gives there what it gives in its own. */
function folderWithKey(others = 0): string {
  const folder = temporaryFolder();
  mkdirSync(join(folder, "conf"));
  writeFileSync(join(folder, "k.pem"), KEY);
  writeFileSync(join(folder, "conf/a.json"), '{"port": "80"}');
  writeFileSync(join(folder, "s.json"), '{"properties":{"port":{"type":"integer"}}}');
  for (let at = 0; at < others; at++) writeFileSync(join(folder, "conf", `${at}.txt`), `${at}\n`);
  return folder;
}

describe("a run of the command in a process that other runs use", () => {
  const folder = folderWithKey();
  it.each<[string, string, readonly string[], number]>([
    ["for findings", folder, [], 1],
    ["for findings in JSON", folder, ["--format", "json"], 1],
    ["for findings in SARIF", folder, ["--format", "sarif"], 1],
    [
      "for findings as workflow commands, which it lets pass",
      folder,
      ["--format", "github", "--fail-on", "never"],
      0,
    ],
    ["for a schema of the user's own", folder, ["--schemas", "conf/*.json=s.json", "conf"], 1],
    ["for a path that is not there", folder, ["gone", "k.pem"], 2],
    ["for an unknown option", folder, ["--stagd"], 2],
    ["for a tree that two threads scan", folderWithKey(600), ["--format", "json"], 1],
  ])("prints and returns what a process of its own does, %s", (_, cwd, args, status) => {
    const expected = lintProcess(cwd, args);
    expect(expected.status).toBe(status);
    expect([lint(cwd, ...args), lint(cwd, ...args)]).toEqual([expected, expected]);
  });
});

it("a step in a process that other steps use prints, writes and returns what a process of its own does", () => {
  const origin = makeOrigin(
    [
      { id: "main", files: { "a.txt": "a\n" } },
      { id: "pr", files: { "k.pem": KEY } },
    ],
    { "refs/heads/main": "main", "refs/pull/1/head": "pr" },
  );
  const payload = pullRequest(origin.id("main"), origin.id("pr"), 1);
  const workspace = shallowCheckout(origin, origin.id("pr"));
  for (const inputs of [{}, { "fail-on": "never" }, { schemas: "x" }]) {
    const step = { event: "pull_request", payload, inputs };
    const expected = runStepProcess(workspace, step);
    expect([runStep(workspace, step), runStep(workspace, step)]).toEqual([expected, expected]);
  }
});
