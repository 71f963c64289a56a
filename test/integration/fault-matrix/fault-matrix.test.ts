import { beforeAll, describe, expect, test } from "vitest";
import { type GeneratedApp, generateApp } from "../../../sandbox/apps/app.ts";
import type { Fault } from "../../../sandbox/faults/faults.ts";
import { startTestEnvironment } from "../../support/test-environment.ts";
import { faults } from "./cells.ts";
import { testCells } from "./matrix.ts";
import { share } from "./share.ts";

/** A share of the cells, in which every pair of circumstances occurs; `test/exhaustive` runs the others. */
describe("for every fault, the response is a token or a problem whose retryable is right", () => {
  testCells(share().chosen);
});

let app: GeneratedApp;
beforeAll(async () => {
  app = await generateApp();
});

describe("who gets a token from the cache notices nothing of", () => {
  test.each(faults().map(({ place, fault }) => [place, fault] as const))("%s/%s", async (place, fault) => {
    const environment = await startTestEnvironment({ reports: app });
    const requests = [{}, { scope: "item_download" }];
    for (const parameters of requests) await environment.requestToken("url", parameters);
    const upstream = place === "box" ? environment.box : environment.secretsManager;
    const inject = upstream.faults.inject as (name: string, settings: object) => Fault;
    const injected = inject(fault, { until: new Promise(() => {}) });
    const many = Array.from({ length: 50 }, (_, index) =>
      environment.requestToken(
        index % 2 === 0 ? "url" : "invoke",
        requests[index % 3 === 0 ? 1 : 0] ?? {},
        300,
      ),
    );
    for (const { token } of await Promise.all(many)) expect(token).toBeDefined();
    expect(injected.hits).toBe(0);
    await environment.close();
  });
});
