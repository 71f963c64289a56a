import { globSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ACCOUNT } from "../../sandbox/aws/identities.ts";
import type { HostedFunction } from "../../sandbox/lambda/hosted-function.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import type { MetricName } from "../../schemas/protocol/metrics.ts";
import { type Deployment, deployWithCode, ofType } from "./deployment.ts";
import { hostTemplate, REGION, resolverOf } from "./hosted-template.ts";
import { isRaised, type Sample } from "./metric-math.ts";

const ALIAS = "nightly";
const ROLE = `arn:aws:iam::${ACCOUNT}:role/reports`;
const PERIOD_MS = 300_000;
const START = Date.UTC(2026, 0, 1);
/** How long a test's events last: the longest window of any alarm but the health check's. */
const PERIODS = 3;

type Functions = Readonly<Record<"token-url" | "token-invoke" | "health", HostedFunction>>;

/** The deployed functions with every alarm of their template. */
export interface DeployedAlarms {
  readonly sandbox: Sandbox;
  /** Sends a request to `token-invoke` through its alias. */
  invoke(event: object): Promise<void>;
  /** Sends a form to `token-url`, as its Function URL does. */
  post(form: Readonly<Record<string, string>>, path?: string): Promise<void>;
  /** What the functions have written since the last `forget`. */
  lines(): readonly string[];
  /** Of what the functions have written since the last `forget`: the values of one of their metrics. */
  sum(metric: MetricName): number;
  /** Runs the scheduled check. */
  checkHealth(): Promise<void>;
  /**
   * Names of the alarms that are raised if everything since the last `forget` happens again in each of three periods,
   * the severity with each: `page FailureRate`.
   */
  raised(fillsEmpty?: boolean): readonly string[];
  /** Deploys another policy document, the text of another variable `BOX_STS_APPS`, or other variables for good. */
  deploy(changed: {
    readonly policy?: string;
    readonly apps?: string;
    readonly variables?: Readonly<Record<string, string>>;
  }): Promise<void>;
  /** Deploys again what was deployed first, and forgets what was measured. */
  forget(): Promise<void>;
  /** Forgets what was measured. */
  measureAgain(): void;
  close(): Promise<void>;
}

/**
 * @param requestsPerEnvironment and one environment of each function: more requests at once are throttled
 * @param sharedCache whether the deployment has one
 */
export async function startDeployedAlarms(
  requestsPerEnvironment: number,
  sharedCache = false,
): Promise<DeployedAlarms> {
  const sandbox = await startSandbox({ sharedCache });
  const secret = sandbox.secretsManager.secrets.get("box-sts/sandbox")!.arn;
  const rights = { app: "sandbox", subjects: ["enterprise", "user:*"], unrestricted: true };
  const deployment = deployWithCode(
    {
      ...{ account: ACCOUNT, region: REGION },
      apps: [{ name: "sandbox", secret }],
      callers: [{ principal: ROLE, url: true, alias: ALIAS }],
      alarmThresholds: { boxCalls: 20 },
      ...(sharedCache ? { sharedCache } : {}),
    },
    {
      version: 1,
      statements: [
        { id: "url", caller: { iam: ROLE }, ...rights },
        { id: "alias", caller: { alias: ALIAS }, ...rights },
      ],
    },
  );
  const functions = hostTemplate(deployment, sandbox, (name) => (name === "token-invoke" ? [ALIAS] : []), {
    scaling: { requestsPerEnvironment, reservedConcurrency: 1 },
  }) as Functions;
  const measured = new Measurements(functions);
  const policies = globSync("asset.*/policy.json", { cwd: deployment.folder }).map((path) =>
    join(deployment.folder, path),
  );
  const first = { policy: readFileSync(policies[0]!, "utf8"), apps: JSON.stringify({ sandbox: secret }) };
  /** Whether what is deployed is something else than at first. */
  let isChanged = false;
  const change: DeployedAlarms["deploy"] = async ({
    policy = first.policy,
    apps = first.apps,
    variables,
  }) => {
    isChanged = policy !== first.policy || apps !== first.apps || variables !== undefined;
    for (const path of policies) writeFileSync(path, policy);
    await Promise.all(
      Object.values(functions).map((each) => each.restart({ BOX_STS_APPS: apps, ...variables })),
    );
  };
  return {
    sandbox,
    invoke: (event) => measured.invoke("token-invoke", event, ALIAS),
    post: (form, path = "/oauth2/token") => measured.invoke("token-url", urlEvent(form, path)),
    checkHealth: async () => void (await functions.health.invoke({ source: "aws.events" })),
    lines: () => Object.values(functions).flatMap((each) => each.lines),
    sum: (metric) =>
      measured
        .samples()
        .filter(({ name }) => name === metric)
        .flatMap(({ values }) => values)
        .reduce((sum, value) => sum + value, 0),
    raised: (fillsEmpty = true) => raised(deployment, measured.samples(), fillsEmpty),
    deploy: change,
    measureAgain: () => measured.clear(),
    async forget() {
      // The health check keeps nothing from one run for the next.
      const { health: _, ...tokens } = functions;
      if (isChanged) await change({});
      else await Promise.all(Object.values(tokens).map((each) => each.restart()));
      measured.clear();
    },
    async close() {
      await Promise.all(Object.values(functions).map((each) => each.close()));
      await sandbox.close();
    },
  };
}

function urlEvent(form: Readonly<Record<string, string>>, path: string): object {
  const userArn = `arn:aws:sts::${ACCOUNT}:assumed-role/reports/session`;
  return {
    rawPath: path,
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams(form).toString(),
    requestContext: { http: { method: "POST" }, authorizer: { iam: { userArn } } },
  };
}

/** What the functions have written as metrics, and what AWS has counted of them. */
class Measurements {
  readonly #functions: Functions;
  #counted: Sample[] = [];

  constructor(functions: Functions) {
    this.#functions = functions;
  }

  async invoke(name: "token-url" | "token-invoke", event: object, qualifier?: string): Promise<void> {
    const given = qualifier === undefined ? {} : { qualifier };
    const outcome = await this.#functions[name].invoke(event, given);
    const metric = !outcome.ok && outcome.throttled ? "Throttles" : "Invocations";
    const dimensions = { FunctionName: name };
    this.#counted.push({ namespace: "AWS/Lambda", name: metric, dimensions, time: 0, values: [1] });
  }

  samples(): readonly Sample[] {
    const lines = Object.values(this.#functions).flatMap((each) => each.lines);
    return [...this.#counted, ...lines.filter((line) => line.startsWith("{")).flatMap(samplesOf)];
  }

  clear(): void {
    this.#counted = [];
    for (const { lines } of Object.values(this.#functions)) lines.splice(0);
  }
}

interface MetricLine extends Record<string, unknown> {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** The metrics of one line in Embedded Metric Format, as CloudWatch extracts them. */
function samplesOf(text: string): readonly Sample[] {
  const line = JSON.parse(text) as MetricLine;
  return (line._aws?.CloudWatchMetrics ?? []).flatMap(({ Namespace: namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((names) =>
      Metrics.map(({ Name: name }) => ({
        ...{ namespace, name, time: 0 },
        dimensions: Object.fromEntries(names.map((dimension) => [dimension, String(line[dimension])])),
        values: [line[name]].flat().map(Number),
      })),
    ),
  );
}

function raised(deployment: Deployment, once: readonly Sample[], fillsEmpty: boolean): readonly string[] {
  const samples = Array.from({ length: PERIODS }, (_, period) =>
    once.map((sample) => ({ ...sample, time: START + period * PERIOD_MS })),
  ).flat();
  const resolved = resolverOf(deployment);
  const resolve = (value: unknown) => resolved(value).replace(/^arn:.*:function:/, "");
  const input = { samples, now: START + PERIODS * PERIOD_MS, resolve, fillsEmpty };
  return ofType(deployment, "AWS::CloudWatch::Alarm")
    .filter(([, { Properties }]) => isRaised(Properties, input))
    .map(([, { Properties }]) => String(Properties.AlarmName))
    .map((name) => name.replace(/^box-sts-Service-(\w+)-(page|ticket)$/, "$2 $1"))
    .toSorted();
}
