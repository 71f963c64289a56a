import { afterEach, expect, test, vi } from "vitest";
import { generateApp } from "../../../sandbox/apps/app.ts";
import { startTestEnvironment } from "../../support/test-environment.ts";
import { turn } from "../../support/virtual-clock.ts";

const REQUEST_MS = 15_000;

afterEach(() => vi.restoreAllMocks());

/** Intercepts the timers of so many milliseconds, so that a test fires them. */
function heldTimers(milliseconds: number) {
  const held: (() => void)[] = [];
  const { setTimeout: start } = globalThis;
  vi.spyOn(globalThis, "setTimeout").mockImplementation(((ring: () => void, delay?: number) => {
    if (delay === milliseconds) held.push(ring);
    return start(ring, delay);
  }) as typeof setTimeout);
  return held;
}

test.each([
  ["box", 8_000],
  ["secrets-manager", 3_000],
] as const)(
  "a call to %s without a response is aborted after %i ms and retried once",
  async (place, share) => {
    const environment = await startTestEnvironment({ reports: await generateApp() });
    const held = heldTimers(share);
    const faults = place === "box" ? environment.box.faults : environment.secretsManager.faults;
    const silence = faults.inject("slow", { until: new Promise(() => {}), times: 1 });
    const requested = environment.requestToken("url", {}, REQUEST_MS);
    while (silence.hits === 0) await turn();
    expect(held).toHaveLength(1);
    held[0]?.();
    expect((await requested).token).toBeDefined();
    // Secret and grant, and the one call once more.
    const calls =
      environment.box.requests.count("token") + environment.secretsManager.requests.count("GetSecretValue");
    expect(calls).toBe(3);
    await environment.close();
  },
);
