import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import type { IConstruct } from "constructs";
import { reportedErrors } from "../../infra/report-errors.ts";
import { BoxTokenStack } from "../../infra/stack.ts";
import { type DeployConfig, parseDeployConfig } from "../../schemas/deploy/parse.ts";
import { formatIssue } from "../../schemas/json/issue.ts";
import type { Policy } from "../../schemas/policy/parse.ts";

const EXAMPLES = join(import.meta.dirname, "../../examples/deploy");
const textOf = (name: string) => readFileSync(join(EXAMPLES, name), "utf8");
const example = <Document>(name: string) => JSON.parse(textOf(name)) as Document;

export const EXAMPLE_CONFIG = example<DeployConfig>("deploy.json");
export const EXAMPLE_POLICY = example<Policy>("box-sts.policy.json");

export const VPC = {
  id: "vpc-0123456789abcdef0",
  availabilityZones: ["eu-central-1a"],
  privateSubnetIds: ["subnet-0123456789abcdef0"],
};

/** Everything that the internet can reach, with a target of each kind. */
export const PUBLIC = {
  sharedCache: true,
  oauth: { apps: ["archive"] },
  webhooks: {
    reports: {
      queue: "arn:aws:sqs:eu-central-1:123456789012:box-events",
      encryptionKey: "arn:aws:kms:eu-central-1:123456789012:key/aaaaaaaa-12ab-34cd-56ef-1234567890ab",
    },
    archive: { function: "arn:aws:lambda:eu-central-1:123456789012:function:box-events:live", skill: true },
  },
} as const satisfies Partial<DeployConfig>;

export interface TemplateResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DependsOn?: readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Metadata?: Readonly<Record<string, unknown>>;
}

export interface Deployment {
  readonly app: App;
  readonly stack: BoxTokenStack;
  /** Folder of the cloud assembly. */
  readonly folder: string;
  readonly resources: Readonly<Record<string, TemplateResource>>;
}

const ROOT = mkdtempSync(join(tmpdir(), "box-sts-infra-"));
process.on("exit", () => rmSync(ROOT, { recursive: true, force: true }));

/** A folder that goes when the tests are over. */
export const newFolder = () => mkdtempSync(join(ROOT, "deployment-"));

const known = new Map<string, Deployment>();

/**
 * What `cdk synth` makes of the example with these changes; throws what it would print. Equal changes are synthesised
 * once for the process, without the functions' code: no test may change what it gets, nor its files.
 */
export function deploy(config?: Partial<DeployConfig>, policy?: object | string): Deployment {
  return once(config, policy, false);
}

/** The same with the functions' code in the cloud assembly, for a test that runs or compares it. */
export function deployWithCode(config?: Partial<DeployConfig>, policy?: object | string): Deployment {
  return once(config, policy, true);
}

function once(
  config: Partial<DeployConfig> | undefined,
  policy: object | string | undefined,
  withCode: boolean,
): Deployment {
  const changes = JSON.stringify([config ?? {}, policy ?? null, withCode]);
  const deployment = known.get(changes) ?? synthesise(config, policy, withCode);
  known.set(changes, deployment);
  return deployment;
}

/** Like `deployWithCode()`, but synthesised at each call. */
export function synthesise(
  config: Partial<DeployConfig> = {},
  policy: object | string = textOf(EXAMPLE_CONFIG.policy),
  withCode = true,
): Deployment {
  const folder = newFolder();
  const path = join(folder, "deploy.json");
  const text = typeof policy === "string" ? policy : JSON.stringify(policy, null, 2);
  writeFileSync(join(folder, EXAMPLE_CONFIG.policy), text);
  const parsed = parseDeployConfig(JSON.stringify({ ...EXAMPLE_CONFIG, ...config }));
  if (!parsed.ok) {
    // The text is made here, on one line: positions in it mean nothing.
    throw new Error(parsed.error.map(({ position: _, ...issue }) => formatIssue(issue)).join("\n"));
  }
  const app = new App({
    outdir: join(folder, "cdk.out"),
    analyticsReporting: false,
    // No test reads it.
    treeMetadata: false,
    // A third of a synth copies the functions' code and reads it again.
    context: withCode ? {} : { "aws:cdk:bundling-stacks": [] },
  });
  const stack = new BoxTokenStack(app, path, parsed.value);
  // Before the synth, which would work out and check a template that is never deployed.
  const mistakes = mistakesOf(app);
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"));
  const assembly = app.synth();
  const late = reportedErrors(app);
  if (late.length > 0) throw new Error(late.join("\n"));
  const template = assembly.getStackArtifact(stack.artifactId).template as Pick<Deployment, "resources"> & {
    readonly Resources: Deployment["resources"];
  };
  return { app, stack, folder: assembly.directory, resources: template.Resources };
}

/** What a synth would report of the tree, and what it would throw, without one. */
export function mistakesOf(root: IConstruct): readonly string[] {
  const thrown = root.node.findAll().flatMap(({ node }) => node.validate());
  return [...reportedErrors(root), ...thrown];
}

/** Resources of one type, by logical id. */
export function ofType(
  { resources }: Pick<Deployment, "resources">,
  type: string,
): readonly (readonly [string, TemplateResource])[] {
  return Object.entries(resources).filter(([, { Type }]) => Type === type);
}
