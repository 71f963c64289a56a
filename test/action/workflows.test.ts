import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { planOf } from "../../action/github/event-range.ts";
import { runStep } from "./bundle/runner.ts";
import { fullClone, git, makeOrigin } from "./git/repository.ts";
import { KEY } from "./git/shapes.ts";

const ROOT = join(import.meta.dirname, "../..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, string | number | boolean>>;
}

type Permissions = Readonly<Record<string, string>>;

interface Workflow {
  readonly on: string | readonly string[] | Readonly<Record<string, unknown>>;
  readonly permissions?: Permissions;
  readonly jobs: Readonly<
    Record<string, { readonly permissions?: Permissions; readonly steps: readonly Step[] }>
  >;
}

const workflows = ["examples/workflows", ".github/workflows"].flatMap((folder) =>
  readdirSync(join(ROOT, folder)).map((name) => {
    const text = read(`${folder}/${name}`);
    return { path: `${folder}/${name}`, text, workflow: parse(text) as Workflow };
  }),
);
const action = parse(read("action.yml"));
const isOurs = ({ uses }: Step) => uses === "./" || uses?.startsWith("OWNER/box-sts@") === true;
const jobsOf = ({ jobs }: Workflow) => Object.values(jobs);

/** What may be written, and by whom; everything else in all workflows only reads. */
const WRITES: Readonly<Record<string, Permissions>> = {
  "examples/workflows/deploy.yml deploy": { "id-token": "write" },
  "examples/workflows/history.yml history": { "security-events": "write" },
  ".github/workflows/image.yml publish": { packages: "write" },
  ".github/workflows/release.yml publish": { "id-token": "write" },
  ".github/workflows/release.yml release": { contents: "write" },
};

describe.each(workflows)("the workflow $path", ({ path, text, workflow }) => {
  it("is valid by GitHub's own parser, expressions included", async () => {
    const { context, value } = parseWorkflow({ name: path, content: text }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
  });

  it("has no permission that it does not need", () => {
    expect([{}, { contents: "read" }]).toContainEqual(workflow.permissions);
    for (const [id, { permissions = workflow.permissions ?? {}, steps }] of Object.entries(workflow.jobs)) {
      const writes = Object.entries(permissions).filter(([, access]) => access !== "read");
      expect(Object.fromEntries(writes)).toEqual(WRITES[`${path} ${id}`] ?? {});
      const checksOut = steps.some(({ uses }) => uses?.startsWith("actions/checkout@"));
      expect(Object.hasOwn(permissions, "contents")).toBe(checksOut);
    }
  });

  it("pins every action by its commit, with the version beside it", () => {
    for (const [, used = ""] of text.matchAll(/\buses: *(.*)/g))
      expect(used).toMatch(/^(?:\.\/|OWNER\/box-sts@v1|[\w-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$/);
  });

  const steps = jobsOf(workflow).flatMap(({ steps }) => steps);

  it("gives the Action only inputs that it declares, on events that it knows", () => {
    const ours = steps.filter(isOurs);
    for (const { with: inputs = {} } of ours)
      expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(inputs)));
    if (ours.length === 0) return;
    const { on } = workflow;
    const events = typeof on === "string" ? [on] : Array.isArray(on) ? on : Object.keys(on);
    for (const event of events) {
      const plan = planOf({}, { event, sha: "", refName: "main" });
      expect(plan.ok ? "known" : plan.error.code).not.toBe("event_unsupported");
    }
  });

  it("has the whole history where the Action can fetch nothing later", () => {
    for (const { steps } of jobsOf(workflow).filter(({ steps }) => steps.some(isOurs)))
      for (const { with: inputs = {} } of steps.filter(({ uses }) => uses?.startsWith("actions/checkout@")))
        if (inputs["persist-credentials"] === false) expect(inputs["fetch-depth"]).toBe(0);
  });

  it("uploads the SARIF file that the Action wrote, whether it has failed or not", () => {
    for (const { permissions, steps } of jobsOf(workflow)) {
      const upload = steps.findIndex(({ uses }) => uses?.includes("/upload-sarif@"));
      if (upload === -1) continue;
      expect(steps[upload]?.if).toMatch(/^always\(\) && steps\.lint\.outputs\.sarif-file != ''$/);
      expect(steps[upload]?.with?.sarif_file).toMatch(/^\$\{\{ steps\.lint\.outputs\.sarif-file \}\}$/);
      expect(steps.findIndex((step) => isOurs(step) && step.with?.sarif)).toBeLessThan(upload);
      expect(permissions).toMatchObject({ "security-events": "write" });
    }
  });
});

it("action.yml is valid by GitHub's own parser", () => {
  const { context } = parseAction(
    { name: "action.yml", content: read("action.yml") },
    new NoOperationTraceWriter(),
  );
  expect(context.errors.getErrors().map(({ message }) => message)).toEqual([]);
});

it("a workflow with a mistake does not pass as valid", async () => {
  const broken = read("examples/workflows/history.yml").replace("steps.lint.outputs", "step.lint.outputs");
  for (const content of [broken, broken.replace("runs-on", "run-on")]) {
    const { context, value } = parseWorkflow({ name: "broken.yml", content }, new NoOperationTraceWriter());
    if (value) await convertWorkflowTemplate(context, value);
    expect(context.errors.count).toBeGreaterThan(0);
  }
});

it("the workflow in the README is the example of it", () => {
  const shown = /^```yaml\n(name: box-config-lint\n[\s\S]*?)^```$/m.exec(read("README.md"))?.[1];
  expect(shown).toBe(read("examples/workflows/gate.yml"));
});

it("the deployment checks out box-sts by a full commit alone, in every job", () => {
  const { jobs } = parse(read("examples/workflows/deploy.yml")) as Workflow;
  const refs = Object.values(jobs).flatMap(({ steps }) =>
    steps.flatMap((step) => (step.with?.repository === "OWNER/box-sts" ? [step.with.ref] : [])),
  );
  expect(refs).toEqual(["<40 digits>", "<40 digits>"]);
});

it("the deployment has no long-lived key, and installs nothing once it has a session of AWS", () => {
  const text = read("examples/workflows/deploy.yml");
  expect(text).not.toContain("secrets.");
  const { steps } = (parse(text) as Workflow).jobs.deploy ?? { steps: [] };
  const session = steps.findIndex(({ uses }) => uses?.startsWith("aws-actions/configure-aws-credentials@"));
  expect(steps[session]?.with).toEqual({
    "role-to-assume": expect.stringMatching(/^\$\{\{ vars\.AWS_ROLE \}\}$/),
    "aws-region": expect.stringMatching(/^\$\{\{ vars\.AWS_REGION \}\}$/),
  });
  const after = steps.slice(session + 1).map(({ run }) => run);
  expect(after).toEqual(["npx aws-cdk@2.1148.1 deploy --require-approval never -c config=../deploy.json"]);
});

describe("the examples' steps, run with their inputs,", () => {
  const origin = makeOrigin(
    [
      { id: "first", files: { "config/schema.json": '{"type":"object"}', "config/a.json": "{}" } },
      { id: "main", files: { "config/b.yaml": "- 1\n", "k.pem": KEY } },
    ],
    { "refs/heads/main": "main" },
  );
  const runExample = (name: string, event: string, payload: object) => {
    const step = jobsOf(parse(read(`examples/workflows/${name}`)))[0]?.steps.find(isOurs);
    const inputs = Object.fromEntries(
      Object.entries(step?.with ?? {}).map(([input, value]) => [input, String(value)]),
    );
    const workspace = fullClone(origin);
    git(workspace, "reset", "--quiet", "--hard");
    return runStep(workspace, { event, payload, inputs, environment: { GITHUB_SHA: origin.id("main") } });
  };

  it("find what the queue brings in, and what does not fit the schema", () => {
    const { id } = origin;
    const payload = { merge_group: { head_sha: id("main"), base_sha: id("first") } };
    expect(runExample("merge-queue.yml", "merge_group", payload)).toMatchObject({
      status: 1,
      stderr: "",
      outputs: { findings: "2" },
    });
  });

  it("name the SARIF file of the history for the step that uploads it", () => {
    const payload = { repository: { default_branch: "main" } };
    expect(runExample("history.yml", "schedule", payload)).toMatchObject({
      status: 1,
      stderr: "",
      outputs: { findings: "1", "sarif-file": "box-config-lint.sarif" },
    });
  });
});
