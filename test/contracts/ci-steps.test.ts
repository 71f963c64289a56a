import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";

/** `.ci/run` has the list of what CI proves; GitHub shows each of its sentences as a step. */
const ROOT = join(import.meta.dirname, "../..");
const run = (...args: string[]) => spawnSync("bash", [".ci/run", ...args], { cwd: ROOT, encoding: "utf8" });

interface Step {
  readonly name?: string;
  readonly if?: string;
  readonly run?: string;
}

const workflow = parse(readFileSync(join(ROOT, ".github/workflows/ci.yml"), "utf8"));
const steps = (workflow.jobs.promises.steps as readonly Step[]).filter((step) => step.run !== undefined);
const listed = run("--list")
  .stdout.trim()
  .split("\n")
  .map((line) => line.split("\t"));

test(".ci/run --list names each step once, with a sentence of its own", () => {
  expect(listed.length).toBeGreaterThan(15);
  for (const [name, sentence, ...more] of listed) {
    expect(name).toMatch(/^[a-z]+(?:-[a-z]+)*$/);
    expect(sentence).toMatch(/^[A-Z]\S* .+[^.]$/);
    expect(more).toEqual([]);
  }
  for (const column of [0, 1]) expect(new Set(listed.map((row) => row[column])).size).toBe(listed.length);
});

test("the workflow has one step for each step of .ci/run, in its order and with its sentence", () => {
  expect(steps.map(({ name, run }) => [run, name])).toEqual(
    listed.map(([name, sentence]) => [`bash .ci/run ${name}`, sentence]),
  );
});

test("a step of the workflow runs although one before it failed, so that each broken promise is shown", () => {
  const [first, ...others] = steps;
  expect(first?.if).toBeUndefined();
  expect(new Set(others.map((step) => step.if))).toEqual(new Set(["$".concat("{{ !cancelled() }}")]));
});

test(".ci/run with a name runs that step alone and ends with the counts", () => {
  const { status, stdout } = run("no-aws-code");
  expect(stdout).toMatch(/^ok {6}The action carries no AWS code \(\d+ s\)\n0 passed, 0 failed\n$/);
  expect(status).toBe(0);
});

test(".ci/run refuses a name that it does not have, and names those that it has", () => {
  const { status, stdout, stderr } = run("no-aws-cod");
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toBe(
    `There is no step no-aws-cod; the steps are: ${listed.map(([name]) => name).join(" ")}\n`,
  );
});
