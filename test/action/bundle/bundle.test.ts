import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { pullRequest, ZERO } from "../git/events.ts";
import { git, makeOrigin, shallowCheckout, temporaryFolder } from "../git/repository.ts";
import { KEY, SHAPES } from "../git/shapes.ts";
import { runStep, runStepProcess } from "./runner.ts";

const HOSTILE = "a\n::error::owned ##[add-mask]x \u001b[2J <img src=x> `|` @octocat.pem";

const origin = makeOrigin(
  [
    { id: "main", files: { "a.txt": "a\n" } },
    { id: "x", files: { "gone.pem": KEY } },
    {
      id: "pr",
      files: {
        "gone.pem": null,
        "conf/k.pem": `text\n${KEY}`,
        [HOSTILE]: `${KEY}\n`,
        "part.pem": KEY.slice(0, 900),
      },
    },
    { id: "merge", parents: ["main", "pr"] },
    { id: "clean", parents: ["main"], files: { "b.txt": "b\n" } },
  ],
  {
    "refs/heads/main": "main",
    "refs/pull/1/head": "pr",
    "refs/pull/1/merge": "merge",
    "refs/pull/2/head": "clean",
  },
);
const { id } = origin;
const event = "pull_request";
const dirty = { event, payload: pullRequest(id("main"), id("pr"), 2) };
const clean = { event, payload: pullRequest(id("main"), id("clean"), 1) };
const checkout = () => shallowCheckout(origin, id("merge"));

describe("the committed bundle in a step", () => {
  it("fails with annotations on the lines of the head, a summary, outputs and reports", () => {
    const workspace = checkout();
    const step = runStepProcess(workspace, {
      ...dirty,
      inputs: { report: "report.json", sarif: "lint.sarif" },
    });
    expect(step).toMatchObject({ status: 1, stderr: "", written: "" });
    const commands = step.stdout.split("\n").filter((line) => line.startsWith("::"));
    expect(commands.some((line) => line.startsWith("::error file=conf/k.pem,line=2,col=1,"))).toBe(true);
    expect(commands.some((line) => /^::error title=[^,]*::In commit \w{12}, gone\.pem:1:1/.test(line))).toBe(
      true,
    );
    expect(step.summary).toMatch(
      /^## box-config-lint: 2 findings \(1 certain, 1 partial\) at 4 places\n\n### What to do now\n/,
    );
    expect(step.outputs).toEqual({
      findings: "2",
      "sarif-file": "lint.sarif",
      "scanned-blobs": "4",
      "scanned-bytes": expect.stringMatching(/^\d+$/),
    });
    expect(JSON.parse(readFileSync(join(workspace, "report.json"), "utf8")).findings).toHaveLength(2);
    expect(JSON.parse(readFileSync(join(workspace, "lint.sarif"), "utf8")).runs[0].results).toHaveLength(4);
  });

  it("fails a forced push of a key from the default checkout, of which GitHub lists no commits", () => {
    const [before, after, ref] = [id("clean"), id("pr"), "refs/heads/topic"];
    const payload = { before, after, ref, forced: true, commits: [], repository: { default_branch: "main" } };
    const step = runStepProcess(shallowCheckout(origin, after), { event: "push", payload });
    expect(step).toMatchObject({ status: 1, stderr: "", outputs: { findings: "2", "scanned-blobs": "4" } });
  });

  it("executes no workflow command from the names and contents of the repository", () => {
    const { stdout, summary } = runStep(checkout(), dirty);
    for (const line of stdout.split("\n")) {
      expect(line).not.toMatch(/^\s*::error::owned|^(?!::).*##\[/);
      expect(line).not.toContain("\u001b");
    }
    expect(summary).not.toMatch(/<img|^::|@octocat/m);
  });

  it("passes a clean pull request", () => {
    const step = runStepProcess(checkout(), clean);
    expect(step).toMatchObject({
      status: 0,
      outputs: { findings: "0", "scanned-blobs": "1", "sarif-file": "" },
    });
    expect(step.stdout).not.toMatch(/^::/m);
    expect(step.summary).toContain("## box-config-lint: no findings");
  });

  it.each([
    ["certain", 1, ["error", "warning"]],
    ["never", 0, ["notice", "warning"]],
  ] as const)("fails on %s", (failOn, status, levels) => {
    const step = runStep(checkout(), { ...dirty, inputs: { "fail-on": failOn } });
    expect(step.status).toBe(status);
    const seen = [...step.stdout.matchAll(/^::(\w+) /gm)].map(([, level]) => level);
    expect([...new Set(seen)].toSorted()).toEqual(levels);
  });

  it("scans files of the workspace too where the input paths names them", () => {
    const step = runStep(checkout(), { ...clean, inputs: { paths: ".git/HEAD\ngone" } });
    expect(step.status).toBe(2);
    expect(step.outputs["scanned-blobs"]).toBe("2");
    expect(step.stdout).toContain("gone does not exist; name a file or folder to scan.");
  });

  it("ends with 2 and a sentence where the outputs cannot be written", () => {
    for (const GITHUB_OUTPUT of ["/nowhere/output", temporaryFolder()]) {
      const step = runStepProcess(checkout(), { ...clean, environment: { GITHUB_OUTPUT } });
      expect(step).toMatchObject({ status: 2, stderr: "" });
      expect(step.stdout).toMatch(
        /^::error::The outputs of this step could not be written \((?:ENOENT|EISDIR)\); let GITHUB_OUTPUT name a file/m,
      );
    }
  });

  it.skipIf(!existsSync("/dev/full"))("ends with 2 and a sentence where its log cannot be written", () => {
    const stdout = openSync("/dev/full", "w");
    const step = runStepProcess(checkout(), { ...clean, stdout });
    closeSync(stdout);
    expect(step).toMatchObject({
      status: 2,
      stderr: "box-sts: The output could not be written (ENOSPC); what is there is not complete.\n",
    });
  });

  it("refuses one file for both reports, and writes the first", () => {
    const workspace = checkout();
    const inputs = { report: "out.json", sarif: "./out.json" };
    const step = runStep(workspace, { ...dirty, inputs });
    expect(step).toMatchObject({ status: 2, outputs: { "sarif-file": "" } });
    expect(step.stdout).toContain(
      "Could not scan: The input sarif is the file that report names, out.json; name another.",
    );
    expect(JSON.parse(readFileSync(join(workspace, "out.json"), "utf8"))).toHaveProperty("findings");
  });

  it("scans what a link leads to that the input paths names", () => {
    const workspace = checkout();
    mkdirSync(join(workspace, "out"));
    writeFileSync(join(workspace, "out/k.pem"), KEY);
    symlinkSync("out", join(workspace, "dist"));
    const step = runStep(workspace, { ...clean, inputs: { paths: "dist" } });
    expect(step).toMatchObject({ status: 1, outputs: { findings: "1" } });
    expect(step.stdout).toContain("dist/k.pem");
  });

  it("scans a workspace that is reached through a link", () => {
    const workspace = join(temporaryFolder(), "link");
    symlinkSync(checkout(), workspace);
    writeFileSync(join(workspace, "k.pem"), KEY);
    const step = runStep(workspace, { ...clean, inputs: { paths: "." } });
    expect(step).toMatchObject({ status: 1, outputs: { findings: "1" } });
  });

  it("validates files against the users' own schemas", () => {
    const workspace = checkout();
    writeFileSync(join(workspace, "text.schema.json"), '{"type":"object"}');
    writeFileSync(join(workspace, "b.yaml"), "- 1\n");
    const inputs = { schemas: "*.yaml=text.schema.json", paths: "b.yaml" };
    const step = runStep(workspace, { ...clean, inputs });
    expect(step).toMatchObject({ status: 1, stderr: "", outputs: { findings: "1" } });
    expect(step.stdout).toMatch(/^::error file=b\.yaml,line=1,col=1,/m);
  });

  it("has nothing to do where a branch is deleted", () => {
    const payload = { before: id("main"), after: ZERO, deleted: true, ref: "refs/heads/x" };
    const step = runStep(checkout(), { event: "push", payload });
    expect(step.status).toBe(0);
    expect(step.stdout).toContain("The push deletes a branch or tag.");
  });

  it.each([
    [
      "an unknown certainty",
      { inputs: { "fail-on": "high" } },
      /The input fail-on is "high"; write partial, certain or never\./,
    ],
    ["an unknown input", { inputs: { "fail-hard": "1" } }, /There is no input fail-hard; remove it/],
    [
      "a glob that matches nothing",
      { inputs: { schemas: "x/*.json=../s.json" } },
      /The schema \.\.\/s\.json cannot be read/,
    ],
    [
      "a report that cannot be written",
      { inputs: { report: "no/where.json" } },
      /The report no\/where\.json cannot be written \(ENOENT\)/,
    ],
  ])("ends with 2 and one sentence for %s, and scans everything anyway", (_, step, sentence) => {
    const run = runStep(checkout(), { ...dirty, ...step });
    expect(run.status).toBe(2);
    expect(run.stdout).toMatch(sentence);
    expect(run.outputs.findings).toBe("2");
    expect(run.stderr).toBe("");
  });

  it.each([
    ["without a checkout", () => temporaryFolder(), {}, /is not in a Git repository/],
    ["without the payload", checkout, { GITHUB_EVENT_PATH: "/nowhere" }, /GITHUB_EVENT_PATH cannot be read/],
    ["without Git", checkout, { PATH: "/nowhere" }, /install Git and put it on the PATH/],
    ["with an unknown event", checkout, { GITHUB_EVENT_NAME: "issues" }, /names no commits to scan/],
  ])("never passes %s", (_, workspace, environment, sentence) => {
    const run = runStepProcess(workspace(), { ...clean, environment });
    expect(run.status).toBe(2);
    expect(run.stdout).toMatch(sentence);
    expect(run.stdout).toMatch(/^::error title=Could not scan::/m);
    expect(run.summary).toContain("Not everything could be scanned");
    expect(run.stderr).toBe("");
  });

  it("never passes where the range cannot be fetched, and says what to write into the workflow", () => {
    const workspace = checkout();
    git(workspace, "remote", "set-url", "origin", "file:///nowhere");
    const run = runStep(workspace, clean);
    expect(run.status).toBe(2);
    expect(run.stdout).toMatch(/add this line to the `with:` of actions\/checkout: fetch-depth: 0/);
  });

  it("works without files for outputs and summary, as on old servers", () => {
    const none = { GITHUB_OUTPUT: undefined, GITHUB_STEP_SUMMARY: undefined };
    const run = runStep(checkout(), { ...clean, environment: none });
    expect(run.status).toBe(0);
  });
});

it("the committed bundle prints no 12 characters of a key in any output", () => {
  const shown: string[] = [];
  for (const { commits } of SHAPES.filter(({ found }) => found.length > 0).slice(0, 12)) {
    const made = makeOrigin(commits, { "refs/heads/main": "main", "refs/pull/1/head": "pr" });
    const workspace = shallowCheckout(made, made.id("pr"));
    const step = { event, payload: pullRequest(made.id("main"), made.id("pr")) };
    const run = runStep(workspace, { ...step, inputs: { report: "r.json", sarif: "s.json" } });
    expect(run.status).toBe(1);
    shown.push(run.stdout, run.stderr, run.summary, JSON.stringify(run.outputs));
    for (const file of ["r.json", "s.json"]) shown.push(readFileSync(join(workspace, file), "utf8"));
  }
  const everything = shown.join("\n");
  const body = KEY.split("\n").slice(1, -2).join("");
  const parts = Array.from({ length: body.length - 11 }, (_, at) => body.slice(at, at + 12));
  expect(parts.length).toBeGreaterThan(1000);
  expect(parts.filter((part) => everything.includes(part))).toEqual([]);
});
