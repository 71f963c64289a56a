import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { ROOT } from "./synth.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly needs?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string;
  readonly steps: readonly Step[];
}

const TEXT = readFileSync(join(ROOT, ".github/workflows/release.yml"), "utf8");
const WORKFLOW = parse(TEXT) as { permissions: object; jobs: Readonly<Record<string, Job>> };
const { prove, pack, publish, release } = WORKFLOW.jobs as Record<
  "prove" | "pack" | "publish" | "release",
  Job
>;
const commandsOf = ({ steps }: Job) => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));
const actionsOf = ({ steps }: Job) => steps.flatMap(({ uses }) => uses?.split("@")[0] ?? []);
const inputsOf = ({ steps }: Job, action: string) =>
  steps.find(({ uses }) => uses?.startsWith(`${action}@`))?.with;

test("the release workflow may do nothing by default, and pins every action by commit", () => {
  expect(WORKFLOW.permissions).toEqual({});
  const uses = [...TEXT.matchAll(/uses: (.+)$/gm)].map(([, what]) => what);
  expect(uses.length).toBeGreaterThan(0);
  for (const what of uses) expect(what).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
});

test("nothing is published before it is proven, and the major tag moves last", () => {
  expect(commandsOf(prove)).toEqual([
    `test "$GITHUB_REF_NAME" = "v$(node -p 'require("./package.json").version')"`,
    "bash .ci/run",
  ]);
  expect([pack.needs, publish.needs, release.needs]).toEqual(["prove", "pack", "publish"]);
  expect(commandsOf(release).join("\n")).toContain("git tag --force");
});

test("the only job that may speak for the package at npm runs one command: it publishes the tarball", () => {
  const holders = Object.entries(WORKFLOW.jobs).filter(([, { permissions }]) => permissions?.["id-token"]);
  expect(holders).toEqual([["publish", publish]]);
  expect(publish.permissions).toEqual({ "id-token": "write" });
  expect(publish.environment).toBe("npm");
  expect(commandsOf(publish)).toEqual([
    "npm publish ./package/*.tgz --ignore-scripts --provenance --access public",
  ]);
});

test("the publishing job has neither the repository nor its dependencies", () => {
  expect(actionsOf(publish)).toEqual(["actions/setup-node", "actions/download-artifact"]);
  expect(inputsOf(publish, "actions/setup-node")).toMatchObject({ "package-manager-cache": false });
  expect(commandsOf(publish).join("\n")).not.toMatch(/npm (?:ci|install|run|exec)|npx|node /);
});

test("what is published is what the packing job made, and that job may only read", () => {
  expect(pack.permissions).toEqual({ contents: "read" });
  expect(commandsOf(pack).at(-1)).toContain("npm pack --ignore-scripts --pack-destination package");
  expect(inputsOf(pack, "actions/checkout")).toMatchObject({ "persist-credentials": false });
  const uploaded = inputsOf(pack, "actions/upload-artifact");
  expect(uploaded).toMatchObject({ path: "package/*.tgz", "if-no-files-found": "error" });
  expect(inputsOf(publish, "actions/download-artifact")).toEqual({ name: uploaded?.name, path: "package" });
});

test("only the job that moves the tag may write to the repository, and no job has a long-lived token", () => {
  const writers = Object.values(WORKFLOW.jobs).filter(({ permissions }) => permissions?.contents === "write");
  expect(writers).toEqual([release]);
  expect(TEXT).not.toContain("secrets.");
});
