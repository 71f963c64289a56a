import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FirstAccount, headings, startFirstAccount } from "../infra/examples/first-account.ts";
import { needs } from "./needs.ts";

/** The checks of `examples/first-account/prove.mjs` that the AWS CLI makes. */
let account: FirstAccount;
beforeAll(async () => {
  account = await startFirstAccount();
});
afterAll(() => account?.sandbox.close());

describe(
  "its check of the shared cache, run by the AWS CLI against the sandbox,",
  needs("the AWS CLI 2.13 or 1.29"),
  () => {
    const withTable = (name: string) => {
      const { "box-sts": outputs } = JSON.parse(readFileSync(account.file("outputs.json"), "utf8"));
      writeFileSync(
        account.file("table.json"),
        JSON.stringify({ "box-sts": { ...outputs, SharedCacheTable: name } }),
      );
      return account.prove(
        ["--only", "closed-table"],
        { AWS_ENDPOINT_URL_DYNAMODB: tableUrl() },
        "table.json",
      );
    };
    const tableUrl = () => account.sandbox.sharedCache!.dynamoDb.url;

    test("proves that an administrator may neither scan nor query the table", async () => {
      const ended = await withTable(account.sandbox.sharedCache!.dynamoDb.tableName);
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

describe(
  "its checks of the account, run by the AWS CLI against moto,",
  needs("the AWS CLI 2.13 or 1.29", "moto's server"),
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
        return await account.prove(["--only", "alarms", "--only", "bill", ...args], {
          AWS_ENDPOINT_URL: endpoint,
        });
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
