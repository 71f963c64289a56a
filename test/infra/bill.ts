import { gzipSync } from "node:zlib";
import { AuditRecord } from "../../functions/broker/audit-record.ts";
import type { Step } from "../../functions/broker/trace.ts";
import { healthHandler } from "../../functions/lambda/health-invoke.ts";
import { RefusalCounts } from "../../functions/lambda/refusal-counts.ts";
import { requestLine } from "../../functions/lambda/request-log.ts";
import { refusalsLine } from "../../functions/lambda/webhook-log.ts";
import type { MetricName } from "../../schemas/protocol/metrics.ts";
import { lambdaContext } from "../support/lambda.ts";
import { VirtualClock } from "../support/virtual-clock.ts";
import { type Deployment, ofType } from "./deployment.ts";
import { sharedCacheHour } from "./shared-cache-load.ts";

/** List prices of us-east-1 in US dollars; a month where no other unit is named. */
const PRICES = {
  secret: 0.4,
  secretRead: 0.05 / 10_000,
  lambdaRequest: 0.2 / 1_000_000,
  /** arm64. */
  lambdaGbSecond: 0.0000133334,
  logGbWritten: 0.5,
  /** Of what is left after compression. */
  logGbKept: 0.03,
  customMetric: 0.3,
  alarmMetric: 0.1,
  /** From the account's fourth one on. */
  dashboard: 3,
  /** A customer's KMS key. */
  key: 1,
  keyRequest: 0.03 / 10_000,
  /** On demand: 4 KB, consistent; an eventually consistent read takes half of one. */
  readUnit: 0.125 / 1_000_000,
  /** On demand: 1 KB. */
  writeUnit: 0.625 / 1_000_000,
};

/** What callers do in a month. */
export interface Load {
  readonly tokens: number;
  /** Environments that are warm all the time; each reads each app's secret every five minutes. */
  readonly environments: number;
  readonly coldStarts: number;
}

export const IDLE: Load = { tokens: 0, environments: 0, coldStarts: 0 };
export const MILLION: Load = { tokens: 1_000_000, environments: 10, coldStarts: 10_000 };

const HOURS = 720;
const GB = 1_000_000_000;
const MEMORY_GB = 0.5;
const WARM_SECONDS = 0.005;
const COLD_SECONDS = 0.4;
const HEALTH_SECONDS = 1;
/** What each sweep of connections writes. */
const SWEEP_METRICS: readonly MetricName[] = [
  ...(["Connections", "ConnectionDaysLeft", "ConnectionsToReconnect", "ConnectionsUnreadable"] as const),
];
/** Of a request that a public function refuses: before any call, in a warm environment. */
const HOSTILE_SECONDS = 0.002;
/** https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-throttling */
const URL_REQUESTS_PER_CONCURRENCY = 10;
/** Lambda's own START, END and REPORT of one invocation. */
const LAMBDA_LINES = [80, 60, 160];
/** CloudWatch Logs counts so many bytes for each line beside its text. */
const LINE_OVERHEAD = 26;
const MONTHS_KEPT = 12;

/** US dollars in cents, by what is paid for, in the order of the table. */
export type Bill = Readonly<Record<(typeof ITEMS)[number], number>>;
export const ITEMS = [
  "secrets",
  "reads of secrets",
  "Lambda",
  "logs",
  "metrics",
  "alarms",
  "dashboard",
  "table of the shared cache",
  "key of the table",
] as const;

/** What the deployment costs in a month without incidents. */
export async function billOf(deployment: Deployment, apps: number, load: Load): Promise<Bill> {
  const { tokens, environments, coldStarts } = load;
  const schedules = ofType(deployment, "AWS::Events::Rule").map(([, { Properties }]) =>
    String(Properties.Description),
  );
  const hasHealth = schedules.some((text) => text.includes("health"));
  const sweeps = schedules.some((text) => text.includes("connections")) ? HOURS / 24 : 0;
  const checks = hasHealth ? HOURS : 0;
  const health = await healthLines(ofType(deployment, "AWS::DynamoDB::Table").length > 0);
  const written = [...(tokens > 0 ? tokenLines("miss") : []), ...(hasHealth ? health : [])];
  const bytes = tokens * bytesOf(tokenLines("hit")) + checks * bytesOf(health);
  const { units, serviceSecretReads } = await tableLoad(deployment, apps, load);
  const reads = environments * apps * HOURS * 12 + checks * apps + serviceSecretReads;
  const seconds = tokens * WARM_SECONDS + coldStarts * COLD_SECONDS + checks * HEALTH_SECONDS;
  const dollars: Record<(typeof ITEMS)[number], number> = {
    secrets: secretsOf(deployment) * PRICES.secret,
    "reads of secrets": reads * PRICES.secretRead,
    Lambda: (tokens + checks) * PRICES.lambdaRequest + seconds * MEMORY_GB * PRICES.lambdaGbSecond,
    logs: (bytes / GB) * (PRICES.logGbWritten + MONTHS_KEPT * compression() * PRICES.logGbKept),
    metrics:
      metricsOf(written).size * PRICES.customMetric +
      // A metric is billed for the hours in which it is written.
      SWEEP_METRICS.length * PRICES.customMetric * (sweeps / HOURS),
    alarms: alarmMetricsOf(deployment) * PRICES.alarmMetric,
    dashboard: ofType(deployment, "AWS::CloudWatch::Dashboard").length * PRICES.dashboard,
    "table of the shared cache": units.read * PRICES.readUnit + units.written * PRICES.writeUnit,
    "key of the table":
      ofType(deployment, "AWS::KMS::Key").length * PRICES.key + units.keyRequests * PRICES.keyRequest,
  };
  return Object.fromEntries(ITEMS.map((item) => [item, Math.round(dollars[item] * 100)])) as Bill;
}

export const totalOf = (bill: Bill) => ITEMS.reduce((sum, item) => sum + bill[item], 0);

/**
 * What requests cost that a public function refuses, in cents: a million of them, and as many as the Function URL lets
 * through in a month. What Lambda refuses above that is free.
 * @param concurrency that is reserved for the function
 */
export function hostileBill(concurrency: number): { readonly million: number; readonly month: number } {
  const counts = new RefusalCounts(new VirtualClock(), refusalsLine("box-sts-Service"));
  const line = counts.add("signature", "reports");
  const perSecond = concurrency * URL_REQUESTS_PER_CONCURRENCY;
  // One line a minute of each environment, and none of Lambda's own.
  const linesPerRequest = concurrency / 60 / perSecond;
  const bytes = linesPerRequest * (Buffer.byteLength(JSON.stringify(line)) + LINE_OVERHEAD);
  const request =
    PRICES.lambdaRequest +
    HOSTILE_SECONDS * MEMORY_GB * PRICES.lambdaGbSecond +
    (bytes / GB) * (PRICES.logGbWritten + MONTHS_KEPT * compression() * PRICES.logGbKept);
  const cents = (requests: number) => Math.round(requests * request * 100);
  return { million: cents(1_000_000), month: cents(perSecond * HOURS * 3_600) };
}

/** What the environments do at the table in a month; nothing without one. */
async function tableLoad(deployment: Deployment, apps: number, { environments, coldStarts }: Load) {
  if (ofType(deployment, "AWS::DynamoDB::Table").length === 0 || environments === 0) {
    return { units: { read: 0, written: 0, keyRequests: 0 }, serviceSecretReads: 0 };
  }
  const hour = await sharedCacheHour(environments);
  return {
    units: {
      read: (hour.reads * apps * HOURS + coldStarts) / 2,
      written: hour.writes * apps * HOURS * Math.ceil(hour.itemBytes / 1_024),
      // At most: DynamoDB requests the key of KMS again where it has not used a connection for five minutes.
      keyRequests: environments * HOURS * 12,
    },
    serviceSecretReads: hour.serviceSecretReads * HOURS,
  };
}

/** Those that functions may read, which are the apps', and those that the stack makes besides. */
function secretsOf({ resources }: Deployment): number {
  const created = ofType({ resources }, "AWS::SecretsManager::Secret").length;
  const imported = new Set(
    JSON.stringify(ofType({ resources }, "AWS::IAM::Policy")).match(/"arn:[^"]*:secretsmanager:[^"]*"/g),
  );
  return created + imported.size;
}

/** AWS bills an alarm by the metrics that it reads. */
export function alarmMetricsOf(deployment: Deployment): number {
  return ofType(deployment, "AWS::CloudWatch::Alarm").reduce((sum, [, { Properties }]) => {
    const { Metrics } = Properties as { readonly Metrics?: readonly { readonly MetricStat?: object }[] };
    return sum + (Metrics?.filter(({ MetricStat }) => MetricStat !== undefined).length ?? 1);
  }, 0);
}

interface MetricLine {
  readonly _aws?: {
    readonly CloudWatchMetrics: readonly {
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string }[];
    }[];
  };
}

/** Each name with each set of dimensions is a metric, billed for the hours in which it is written. */
function metricsOf(lines: readonly object[]): ReadonlySet<string> {
  const directives = lines.flatMap((line) => (line as MetricLine)._aws?.CloudWatchMetrics ?? []);
  return new Set(
    directives.flatMap(({ Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) => Dimensions.map((names) => [Name, ...names].join(" "))),
    ),
  );
}

/** The lines of a token for a role of ordinary names, by what the functions write them with. */
function tokenLines(cache: "hit" | "miss", requestId = "5f3b2c1a-9d8e-4f70-a1b2-c3d4e5f60718"): object[] {
  const audit = new AuditRecord(
    "issue",
    requestId,
    { iam: "arn:aws:iam::123456789012:role/monthly-reports" },
    { session: "monthly-reports-7", sourceIp: "192.0.2.17", functionVersion: "$LATEST" },
  );
  audit.requested("reports", { subject: { type: "enterprise" }, minTtl: 300 });
  audit.decidedBy("ab".repeat(32));
  audit.granted({ statement: "reports-read", restriction: { scopes: ["item_download", "base_preview"] } });
  const secret = { versionId: "0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0", stage: "AWSCURRENT" } as const;
  const clientID = "x".repeat(32);
  const app = { app: "reports", grant: "client_credentials", enterpriseID: "1234567" } as const;
  audit.usedCredentials({ ...app, ...secret, clientID, clientSecret: "" });
  audit.resolved({ type: "enterprise", id: "1234567" });
  const response = { access_token: "", expires_in: 3600, restricted_to: [], boxRequestId: "0".repeat(34) };
  const born = { wall: 0, monotonic: 0 };
  const token = { token: response, sha256: "cd".repeat(32), born, lifetime: 3600 };
  audit.issued({ token, cache }, 3_000);
  const steps: Step[] =
    cache === "hit"
      ? []
      : [
          { step: "secrets-manager.get", ms: 20.25, status: 200 },
          { step: "box.grant", ms: 210.25, status: 200, boxRequestId: "0".repeat(34) },
        ];
  const request = requestLine({
    service: "box-sts-Service",
    context: { requestId, deadline: 0, trace: { app: "reports", cache, steps } },
    outcome: { issued: true, response: { access_token: "", token_type: "bearer", expires_in: 3_000 } },
    now: 1_780_000_000_000,
    durationMs: 1.23,
    clockSkewMs: 0,
  });
  return [audit.event(1_780_000_000_000), request];
}

/** The lines of a health check that finds nothing. */
async function healthLines(hasSharedCache: boolean): Promise<object[]> {
  const lines: object[] = [];
  const user = { id: "12345678901", name: "reports", login: "AutomationUser_1_Abc@boxdevedition.com" };
  const passed = ["secret", "config", "key", "token", "user"] as const;
  const handler = healthHandler({
    service: "box-sts-Service",
    apps: ["reports"],
    checkPolicy: () => ({ healthy: true, digest: "ab".repeat(32) }),
    ...(hasSharedCache && { checkTable: async () => ({ healthy: true }) }),
    check: async (app) => ({
      app,
      healthy: true,
      passed,
      warnings: [],
      user,
      authorization: { state: "authorized" },
    }),
    clock: new VirtualClock(),
    write: async (line) => void lines.push(line),
  });
  await handler({}, lambdaContext());
  return lines;
}

function bytesOf(lines: readonly object[]): number {
  const sizes = [...lines.map((line) => Buffer.byteLength(JSON.stringify(line)) + 1), ...LAMBDA_LINES];
  return sizes.reduce((sum, size) => sum + size + LINE_OVERHEAD, 0);
}

/** What gzip leaves of many such lines, which differ in the fields that distinguish requests. */
function compression(): number {
  const text = Array.from({ length: 500 }, (_, index) =>
    JSON.stringify(tokenLines("hit", Buffer.from(`${index}`.repeat(8)).toString("hex"))),
  ).join("\n");
  return gzipSync(text).length / Buffer.byteLength(text);
}
