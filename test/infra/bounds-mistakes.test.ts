import { Duration } from "aws-cdk-lib";
import { describe, expect, test } from "vitest";
import { mistakesFor } from "./construct-scene.ts";

describe("the construct reports, without throwing,", () => {
  test("each of several wrong thresholds and names of functions, beside what else is wrong", () => {
    const props: object = {
      alarmThresholds: { boxCalls: "x", deniedRequests: Number.NaN, p99Latency: 3 },
      functionNames: { tokenUrl: "a b", tokenInvoke: "c", authorize: "d", connections: "c", webhook: "d" },
      memorySize: 1,
    };
    const places = ["functionNames.tokenUrl", "functionNames.connections", "functionNames.webhook"];
    places.push("memorySize");
    places.push(...["boxCalls", "deniedRequests", "p99Latency"].map((name) => `alarmThresholds.${name}`));
    expect(mistakesFor(() => props).toSorted()).toEqual(
      places.toSorted().map((place) => expect.stringMatching(new RegExp(`^${place}: `))),
    );
  });

  test("nothing about a threshold that is undefined, which has its default", () => {
    const alarmThresholds: object = { boxCalls: undefined, p99Latency: undefined };
    expect(mistakesFor(() => ({ alarmThresholds }))).toEqual([]);
  });

  test("each of several wrong settings", () => {
    const props = { memorySize: 1, timeout: Duration.seconds(1), reservedConcurrency: -1, tracin: true };
    expect(mistakesFor(() => props)).toEqual(
      ["tracin", "memorySize", "timeout", "reservedConcurrency"].map((name) =>
        expect.stringMatching(new RegExp(`^${name}: `)),
      ),
    );
  });
});
