import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { SHARED_CACHE_QUERY } from "../../infra/queries.ts";
import { SERVICE_SECRET, TABLE } from "../../sandbox/deployment/shared-cache-names.ts";
import { runQuery } from "../support/insights/run.ts";
import { everyNth } from "../support/samples.ts";
import { type DeployedAlarms, startDeployedAlarms } from "./deployed-alarms.ts";

const AT_ONCE = 10;
const NAMES = { BOX_STS_TABLE: TABLE, BOX_STS_SERVICE_SECRET: SERVICE_SECRET };

let deployed: DeployedAlarms;

beforeAll(async () => {
  deployed = await startDeployedAlarms(AT_ONCE, true);
});
afterAll(() => deployed?.close());
beforeEach(async () => {
  deployed.sandbox.faults.dynamodb.clear();
  deployed.sandbox.secretsManager.faults.clear();
  await deployed.forget();
});

/** What is raised; on a busy machine requests are slow by themselves. */
const raised = () => deployed.raised().filter((name) => name !== "ticket SlowRequests");

describe("a service with a shared cache", () => {
  type Table = Parameters<DeployedAlarms["sandbox"]["faults"]["dynamodb"]["inject"]>;
  const table = (...fault: Table) => void deployed.sandbox.faults.dynamodb.inject(...fault);

  const deployNames = async (variables: Readonly<Record<string, string>>) => {
    onTestFinished(() => deployed.deploy({ variables: NAMES }));
    await deployed.deploy({ variables });
  };

  const outages: readonly [string, () => unknown, readonly string[]][] = [
    ["works", () => {}, []],
    ["is throttled by DynamoDB", () => table("throttled"), ["ticket SharedCacheFailures"]],
    ["is denied the table", () => table("access-denied"), ["ticket SharedCacheFailures"]],
    ["cannot reach DynamoDB", () => table("unavailable"), ["ticket SharedCacheFailures"]],
    [
      "names a table that does not exist",
      () => deployNames({ BOX_STS_TABLE: "deleted" }),
      ["ticket SharedCacheFailures"],
    ],
    [
      "names a service secret that does not exist",
      () => deployNames({ BOX_STS_SERVICE_SECRET: "deleted" }),
      ["ticket SharedCacheFailures"],
    ],
  ];

  test.each(everyNth(outages, 3))(
    "%s: tokens are issued, and exactly the alarms of its row are raised",
    async (_, happens, alarms) => {
      await happens();
      // At once: a function waits for the table as long as it can.
      await Promise.all([deployed.checkHealth(), deployed.invoke({}), deployed.post({})]);
      expect(deployed.sum("Issued")).toBe(2);
      expect(deployed.sum("SharedCacheFailures")).toBe(alarms.length === 0 ? 0 : 2);
      expect(raised()).toEqual(alarms);
    },
  );

  test("writes what the query of the alarm finds: each reason, with the number of requests", async () => {
    table("access-denied");
    await deployed.invoke({});
    await deployed.post({});
    const events = deployed.lines().map((message, index) => ({ timestamp: index, message }));
    const rows = runQuery(SHARED_CACHE_QUERY.lines.join(" | "), events);
    expect(rows.map(({ shared_cache_failure, requests }) => [shared_cache_failure, requests])).toEqual([
      [expect.stringMatching(/^DynamoDB: AccessDeniedException/), 2],
    ]);
  });

  test("shares a token between both functions, and the health check reads no token", async () => {
    const { sharedCache, box } = deployed.sandbox;
    await deployed.invoke({ box_subject_type: "user", box_subject_id: "101" });
    const before = box.requests.count("token");
    await deployed.post({ box_subject_type: "user", box_subject_id: "101" });
    const calls = sharedCache!.dynamoDb.requests.count();
    const writes = sharedCache!.dynamoDb.requests.count("dynamodb.put");
    expect(calls).toBeGreaterThan(0);
    expect(box.requests.count("token")).toBe(before);
    await deployed.checkHealth();
    // The record of the one app's authorization, and the check of the table.
    expect(sharedCache!.dynamoDb.requests.count()).toBe(calls + 2);
    expect(sharedCache!.dynamoDb.requests.count("dynamodb.put")).toBe(writes);
  });
});
