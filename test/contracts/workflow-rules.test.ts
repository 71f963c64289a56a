import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { WORKFLOW_RULES, type Workflow } from "../support/workflow-rules.ts";

const ROOT = join(import.meta.dirname, "../..");
const workflows = [".github/workflows", "examples/workflows"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => `${folder}/${name}`),
);
const read = (path: string): Workflow => parse(readFileSync(join(ROOT, path), "utf8"));

/** The jobs that may break a rule, each with its reason. */
const EXCEPTIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  // The Action fetches the commits of the pull request with the token; nothing else runs in the job.
  "examples/workflows/gate.yml": {
    "leaves the repository's token in the checkout": ["lint"],
    // The shortest workflow, which the README shows.
    "has a job without a time limit": ["lint"],
  },
  // It pushes the major tag.
  ".github/workflows/release.yml": { "leaves the repository's token in the checkout": ["release"] },
};

describe.each(workflows)("%s", (path) => {
  test.each(Object.entries(WORKFLOW_RULES))("has no job that %s", (name, rule) => {
    expect(rule(read(path))).toEqual(EXCEPTIONS[path]?.[name] ?? []);
  });
});

const EXPRESSION = "$".concat("{{ github.event.pull_request.title }}");
const PIN = "0".repeat(40);
const SAFE = `
on: { push: { tags: ["v*"] } }
permissions: {}
jobs:
  one:
    permissions: { contents: read }
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@${PIN}
        with: { persist-credentials: false }
      - uses: actions/setup-node@${PIN}
        with: { package-manager-cache: false }
      - run: echo "$TITLE"
        env: { TITLE: "${EXPRESSION}" }
`;

/** For each rule, changes of the safe workflow that break it. */
const BREACHES: Readonly<Record<string, readonly (readonly [from: string, to: string])[]>> = {
  "uses an action by a tag or a branch, which its owner can move": [
    [`checkout@${PIN}`, "checkout@v6"],
    [`checkout@${PIN}`, "checkout@main"],
    [`actions/checkout@${PIN}`, "docker://node:24"],
  ],
  "has an expression inside a script": [
    ['echo "$TITLE"', `echo '${EXPRESSION}'`],
    ["package-manager-cache: false", `package-manager-cache: false, script: '${EXPRESSION}'`],
  ],
  "leaves the repository's token in the checkout": [
    ["with: { persist-credentials: false }", "with: { fetch-depth: 0 }"],
    ["persist-credentials: false", "persist-credentials: true"],
  ],
  "reads a cache in a job that others trust": [
    ["package-manager-cache: false", "node-version: 24"],
    ["package-manager-cache: false", "package-manager-cache: false, cache: npm"],
    [`actions/setup-node@${PIN}`, `actions/cache@${PIN}`],
  ],
  "gives permissions to every job": [
    ["permissions: {}\n", ""],
    ["permissions: {}\n", "permissions: write-all\n"],
    ["permissions: {}\n", "permissions: { contents: write }\n"],
  ],
  "leaves a job with the workflow's permissions": [
    ["    permissions: { contents: read }\n", ""],
    ["permissions: { contents: read }", "permissions: write-all"],
  ],
  "has a job without a time limit": [
    ["    timeout-minutes: 5\n", ""],
    ["timeout-minutes: 5", "timeout-minutes: 360"],
  ],
  "runs on an event of an untrusted author with the repository's secrets": [
    ['{ push: { tags: ["v*"] } }', "pull_request_target"],
    ['{ push: { tags: ["v*"] } }', "[push, workflow_run]"],
  ],
  "installs packages by neither the lock file nor an exact version": [
    ['echo "$TITLE"', "npm install && npm run build"],
    ['echo "$TITLE"', "npm i --ignore-scripts"],
    ['echo "$TITLE"', "npm install --global @box/cli@4"],
  ],
  "hands all secrets on": [["timeout-minutes: 5", "timeout-minutes: 5\n    secrets: inherit"]],
};

test("the rules accept a safe workflow, and each rule has breaches that prove it", () => {
  expect(Object.keys(BREACHES).toSorted()).toEqual(Object.keys(WORKFLOW_RULES).toSorted());
  for (const [name, rule] of Object.entries(WORKFLOW_RULES)) expect(rule(parse(SAFE)), name).toEqual([]);
});

describe.each(Object.entries(BREACHES))("the rules refuse a workflow that %s", (name, changes) => {
  test.each(changes)("where %j is %j", (from, to) => {
    expect(SAFE).toContain(from);
    expect(WORKFLOW_RULES[name]?.(parse(SAFE.replace(from, () => to)))).toHaveLength(1);
  });
});
