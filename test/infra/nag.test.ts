import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, Stack, Validations } from "aws-cdk-lib";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { AwsSolutionsChecks, NIST80053R5Checks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { ACKNOWLEDGED, acknowledge, BoxTokenService } from "../../infra/index.ts";
import { BoxTokenStack } from "../../infra/stack.ts";
import { type DeployConfig, parseDeployConfig } from "../../schemas/deploy/parse.ts";
import { EXAMPLE_CONFIG, newFolder, PUBLIC, VPC } from "./deployment.ts";
import { ROOT } from "./synth.ts";

interface Finding {
  readonly ruleName: string;
  readonly violatingConstructs: readonly { readonly constructPath: string }[];
}

interface Report {
  readonly pluginName: string;
  readonly conclusion: string;
  readonly violations: readonly Finding[];
  readonly suppressedViolations?: readonly Finding[];
}

const SECRET = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:box/reports-AbCdEf";
const EXAMPLE = join(ROOT, "examples/deploy/deploy.json");

/** What the three packs report of what `fill` puts into an app. */
function check(fill: (app: App) => void): readonly Report[] {
  const outdir = newFolder();
  const app = new App({ outdir, analyticsReporting: false });
  fill(app);
  const packs = [new AwsSolutionsChecks(app), new NIST80053R5Checks(app), new ServerlessChecks(app)];
  Validations.of(app).addPlugins(...packs);
  try {
    app.synth();
  } catch (error) {
    // A synth with findings fails after it has written the report.
    if (!String(error).startsWith("ValidationFailed")) throw error;
  }
  return reportOf(outdir);
}

function reportOf(folder: string): readonly Report[] {
  return JSON.parse(readFileSync(join(folder, "validation-report.json"), "utf8")).pluginReports;
}

/** The example's stack with these changes and the package's acknowledgements. */
const checkExample = (change: Partial<DeployConfig>) =>
  check((app) => {
    const parsed = parseDeployConfig(JSON.stringify({ ...EXAMPLE_CONFIG, ...change }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
    acknowledge(new BoxTokenStack(app, EXAMPLE, parsed.value));
  });

const found = (reports: readonly Report[], which: "violations" | "suppressedViolations") =>
  reports.flatMap((report) =>
    (report[which] ?? []).map(({ ruleName }) => `${report.pluginName}::${ruleName}`),
  );

const PACKS = ["AwsSolutions", "NIST.800.53.R5", "Serverless"];

describe("cdk-nag's packs AwsSolutions, NIST 800-53 R5 and Serverless", () => {
  const cases = [
    ["the example", checkExample({})],
    ["the example in a VPC", checkExample({ vpc: VPC })],
    ["the example without reserved concurrency", checkExample({ reservedConcurrency: "unreserved" })],
    ["the example with a shared cache", checkExample({ sharedCache: true })],
    ["the example with OAuth 2.0 users and webhooks", checkExample(PUBLIC)],
  ] as const;

  test.each(cases)("find nothing in %s that is not acknowledged", (_, reports) => {
    const ofPacks = reports.filter(({ pluginName }) => PACKS.includes(pluginName));
    expect(ofPacks.map(({ pluginName }) => pluginName).toSorted()).toEqual(PACKS);
    expect(found(ofPacks, "violations")).toEqual([]);
    for (const { conclusion } of ofPacks) expect(conclusion).toBe("success");
  });

  test("find everything that is acknowledged, so that no acknowledgement is without a finding", () => {
    const suppressed = cases.flatMap(([, reports]) => found(reports, "suppressedViolations"));
    expect([...new Set(suppressed)].toSorted()).toEqual(Object.keys(ACKNOWLEDGED).toSorted());
  });
});

test("every acknowledgement gives its reason in at least two clauses", () => {
  for (const reason of Object.values(ACKNOWLEDGED)) expect(reason.length).toBeGreaterThan(80);
});

test("acknowledge(service) of the package leaves the findings of the user's own resources", () => {
  const reports = check((app) => {
    const stack = new Stack(app, "Tokens", { env: { account: "123456789012", region: "eu-central-1" } });
    const policy = join(newFolder(), "policy.json");
    writeFileSync(policy, JSON.stringify({ version: 1, statements: [] }));
    const secret = Secret.fromSecretCompleteArn(stack, "Config", SECRET);
    const service = new BoxTokenService(stack, "BoxTokens", { apps: [{ name: "reports", secret }], policy });
    acknowledge(service);
    new Topic(stack, "Unrelated");
  });
  const paths = reports.flatMap(({ violations }) =>
    violations.flatMap(({ violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => constructPath),
    ),
  );
  expect([...new Set(paths)]).toEqual(["Tokens/Unrelated/Resource"]);
});
