import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Identity } from "../../../sandbox/aws/identities.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { hasMoto } from "../cloudformation/moto.ts";
import { newFolder } from "../deployment.ts";
import { ROOT, works } from "../synth.ts";

const SCRIPT = join(ROOT, "examples/first-account/prove.mjs");
const folder = newFolder();
const file = (name: string) => join(folder, name);
let sandbox: Sandbox;

const profile = (name: string, { accessKeyId, secretAccessKey, sessionToken }: Identity) =>
  [
    `[${name}]`,
    `aws_access_key_id=${accessKeyId}`,
    `aws_secret_access_key=${secretAccessKey}`,
    ...(sessionToken === undefined ? [] : [`aws_session_token=${sessionToken}`]),
  ].join("\n");

beforeAll(async () => {
  sandbox = await startSandbox({ sharedCache: true });
  const { operator, callers } = sandbox;
  const profiles = [profile("operator", operator), profile("everything", callers.everything!)];
  writeFileSync(file("credentials"), profiles.join("\n\n"));
  const { tokenUrl, tokenInvoke, health } = sandbox.functions;
  const outputs = {
    TokenUrl: sandbox.tokenUrl,
    UrlFunction: tokenUrl.name,
    InvokeFunction: tokenInvoke.name,
    HealthFunction: health.name,
    SecretArns: JSON.stringify({ sandbox: sandbox.secretsManager.secrets.get("box-sts/sandbox")?.arn }),
  };
  writeFileSync(file("outputs.json"), JSON.stringify({ "box-sts": outputs }));
});
afterAll(() => sandbox?.close());

interface Ended {
  readonly status: number;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** Runs the script with the sandbox in AWS's place. */
function prove(
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  outputs = "outputs.json",
): Promise<Ended> {
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_SHARED_CREDENTIALS_FILE: file("credentials"),
    AWS_CONFIG_FILE: file("config"),
    AWS_PROFILE: "operator",
    AWS_REGION: sandbox.region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
    ...environment,
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [SCRIPT, file(outputs), ...args], { env }, (error, stdout, stderr) => {
      resolve({ status: Number(error?.code ?? 0), lines: stdout.trimEnd().split("\n"), stderr });
    });
  });
}

const ONLY = ["alias-is-exclusive", "no-direct-way", "url-caller", "health", "replica"].flatMap((id) => [
  "--only",
  id,
]);
const asCallers = (caller: string) => [
  "--alias",
  "everything",
  "--alias-caller",
  caller,
  "--url-caller",
  caller,
];
const headings = ({ lines }: Ended) =>
  lines.filter((line) => /^(?:ok|FAIL|skip) /.test(line)).map((line) => line.replace(/:.*/, ""));

describe("examples/first-account/prove.mjs, run against the sandbox,", () => {
  test("proves every claim that the sandbox's Lambda can check", async () => {
    const replica = ["--replica-outputs", file("outputs.json")];
    const ended = await prove([...ONLY, ...asCallers("everything"), ...replica]);
    expect(ended.stderr).toBe("");
    expect(headings(ended)).toEqual([
      "ok     1 alias-is-exclusive",
      "ok     2 no-direct-way",
      "ok     3 url-caller",
      "ok     4 health",
      "ok     5 replica",
      "skip   6 foreign-caller",
      "skip   7 alarms",
      "skip   8 bill",
      "skip   9 rollback",
      "skip  10 destroy",
      "skip  11 closed-table",
    ]);
    expect(ended.lines.at(-1)).toBe("5 proven, 0 failed, 6 not run");
    expect(ended.status).toBe(0);
  });

  test("fails where an administrator gets a caller's token, and prints no token", async () => {
    const ended = await prove([...ONLY, ...asCallers("everything"), "--administrator", "everything"]);
    expect(headings(ended)).toContain("FAIL   1 alias-is-exclusive");
    expect(ended.lines).toContain("      ! the administrator invokes everything");
    expect(ended.lines.join("\n")).not.toMatch(/1![\w-]{20}/);
    expect(ended.status).toBe(1);
  });

  test("names what a check needs, and runs none that changes something unless --with names it", async () => {
    const ended = await prove(["--only", "url-caller", "--only", "rollback", "--config", "deploy.json"]);
    expect(ended.lines).toEqual(
      expect.arrayContaining(["        needs --url-caller", "        changes something: --with rollback"]),
    );
    expect(ended.lines.at(-1)).toBe("0 proven, 0 failed, 11 not run");
  });

  test("refuses a check that there is not, with those that there are", async () => {
    const { status, stderr } = await prove(["--only", "alarm"]);
    expect(stderr).toMatch(/^There is no check alarm; there are alias-is-exclusive, .*alarms/);
    expect(status).toBe(2);
  });
});

const hasCli = hasMoto && works("aws", "--version");

describe.skipIf(!works("aws", "--version"))(
  "its check of the shared cache, run by the AWS CLI against the sandbox,",
  () => {
    const withTable = (name: string) => {
      const { "box-sts": outputs } = JSON.parse(readFileSync(file("outputs.json"), "utf8"));
      writeFileSync(
        file("table.json"),
        JSON.stringify({ "box-sts": { ...outputs, SharedCacheTable: name } }),
      );
      return prove(["--only", "closed-table"], { AWS_ENDPOINT_URL_DYNAMODB: tableUrl() }, "table.json");
    };
    const tableUrl = () => sandbox.sharedCache!.dynamoDb.url;

    test("proves that an administrator may neither scan nor query the table", async () => {
      const ended = await withTable(sandbox.sharedCache!.dynamoDb.tableName);
      expect(headings(ended)).toContain("ok    11 closed-table");
      expect(ended.lines.filter((line) => line.includes("came"))).toEqual(
        Array(2).fill("          came     AccessDeniedException, explicit deny in a resource-based policy"),
      );
      expect(ended.status).toBe(0);
    });

    test("fails where the table does not deny it", async () => {
      const ended = await withTable("another-table");
      expect(headings(ended)).toContain("FAIL  11 closed-table");
      expect(ended.status).toBe(1);
    });
  },
);

test("its check of the shared cache is not run for a deployment without one, and says so", async () => {
  const ended = await prove(["--only", "closed-table"]);
  expect(ended.lines).toContain("        needs the output SharedCacheTable");
  expect(ended.status).toBe(0);
});

describe.skipIf(!hasCli)(
  "its checks of the account, run by the AWS CLI against moto where the machine has both,",
  () => {
    /** A CloudWatch with three alarms of the stack, of which one keeps its state without data, and a bill of $0.70. */
    const SERVER = `
import sys, boto3, json, urllib.request
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
endpoint = "http://127.0.0.1:%d" % server.get_host_and_port()[1]
cloudwatch = boto3.client("cloudwatch", endpoint_url=endpoint, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="a")
for name, state, missing in [("box-sts-A", "OK", "notBreaching"), ("box-sts-B", sys.argv[1], "notBreaching"), ("box-sts-K", "INSUFFICIENT_DATA", "ignore"), ("other-C", "ALARM", "ignore")]:
    cloudwatch.put_metric_alarm(AlarmName=name, TreatMissingData=missing, MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1, ComparisonOperator="GreaterThanThreshold")
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
cost = lambda service, amount: {"Keys": [service], "Metrics": {"UnblendedCost": {"Amount": amount, "Unit": "USD"}}}
groups = [cost("AWS Lambda", "0.30"), cost("AmazonCloudWatch", "0.40"), cost("Amazon S3", "9.00")]
results = {"results": [{"ResultsByTime": [{"TimePeriod": {"Start": "2026-01-01", "End": "2026-01-08"}, "Total": {}, "Groups": groups, "Estimated": False}]}]}
urllib.request.urlopen(urllib.request.Request(endpoint + "/moto-api/static/ce/cost-and-usage-results", json.dumps(results).encode(), {"Content-Type": "application/json"}))
print(endpoint, flush=True)
sys.stdin.read()
`;
    const against = async (state: string, args: readonly string[]) => {
      const server = spawn("python3", ["-c", SERVER, state], { stdio: ["pipe", "pipe", "ignore"] });
      try {
        const [endpoint] = await once(createInterface(server.stdout), "line");
        return await prove(["--only", "alarms", "--only", "bill", ...args], { AWS_ENDPOINT_URL: endpoint });
      } finally {
        server.stdin.end();
        server.kill();
      }
    };

    test("prove that every alarm has data, and that the week cost no more than it may", async () => {
      const ended = await against("OK", []);
      expect(headings(ended)).toEqual(expect.arrayContaining(["ok     7 alarms", "ok     8 bill"]));
      expect(ended.lines).toContain("          came     $0.70");
      expect(ended.status).toBe(0);
    });

    test("fail for an alarm without data, and for a week that cost more", async () => {
      const ended = await against("INSUFFICIENT_DATA", ["--bill-limit", "0.5"]);
      expect(ended.lines).toEqual(
        expect.arrayContaining(["      ! box-sts-B", "          came     INSUFFICIENT_DATA"]),
      );
      expect(headings(ended)).toEqual(expect.arrayContaining(["FAIL   7 alarms", "FAIL   8 bill"]));
      expect(ended.status).toBe(1);
    });
  },
);

test("docs/first-account.md has a row for every check of the script", () => {
  const checks = [...readFileSync(join(SCRIPT, "../checks.mjs"), "utf8").matchAll(/^ {4}id: "([a-z-]+)"/gm)];
  const rows = [
    ...readFileSync(join(ROOT, "docs/first-account.md"), "utf8").matchAll(/^\| `([a-z-]+)` \|/gm),
  ];
  expect(checks).toHaveLength(11);
  expect(rows.map(([, id]) => id)).toEqual(checks.map(([, id]) => id));
});
