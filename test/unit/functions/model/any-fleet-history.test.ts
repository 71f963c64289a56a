import fc from "fast-check";
import { expect, test } from "vitest";
import { TableFailure } from "../../../../functions/broker/shared-cache/table.ts";
import { EVERYTHING, issued } from "../../../support/fake-ports.ts";
import { Fleet, type FleetInstance } from "../../../support/fleet.ts";
import { samples } from "../../../support/samples.ts";

/** One thing that happens to a fleet. */
type Event =
  | { readonly kind: "request"; readonly instance: number; readonly scoped: boolean }
  | { readonly kind: "storm"; readonly size: number }
  | { readonly kind: "time"; readonly seconds: number }
  | { readonly kind: "table"; readonly isAway: boolean }
  | { readonly kind: "lost-response" }
  | { readonly kind: "rotate" }
  | { readonly kind: "revoke"; readonly instance: number };

const SKEWS = [-120_000, 0, 45_000, 120_000];
const instance = fc.nat({ max: SKEWS.length - 1 });

/** Moments around the confirmation of a token, and steps through its life. */
const seconds = fc.oneof(fc.integer({ min: 1, max: 120 }), fc.integer({ min: 1, max: 1_500 }));

const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ kind: fc.constant("request"), instance, scoped: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("storm"), size: fc.integer({ min: 2, max: 8 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("time"), seconds }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("table"), isAway: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("lost-response") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("rotate") }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("revoke"), instance }) },
);

/** Instances know the table's time to the second, on both sides. */
const TOLERANCE_SECONDS = 3;
const MIN_TTL_SECONDS = 300;
/** How long an instance may go on with a token that was removed from the table. */
const CONFIRM_SECONDS = 60;

class History {
  readonly #fleet = new Fleet({ ...EVERYTHING, revoke: true });
  readonly #instances: readonly FleetInstance[];
  /** When Box made each token, in milliseconds. */
  readonly #born = new Map<string, number>();
  readonly #revoked = new Map<string, number>();
  #last: string | undefined;
  #tableWasAway = false;

  constructor() {
    const { box, clock } = this.#fleet;
    box.rule = (call) => {
      const name = `${call.kind}-token-${box.calls.length}`;
      this.#born.set(name, clock.wall());
      return { access_token: name };
    };
    this.#instances = SKEWS.map((skew) => this.#fleet.start(skew));
  }

  async run(event: Event): Promise<void> {
    const { clock, shared } = this.#fleet;
    switch (event.kind) {
      case "request":
        return this.#request([this.#at(event.instance)], event.scoped);
      case "storm":
        return this.#request(
          Array.from({ length: event.size }, () => this.#fleet.start()),
          false,
        );
      case "time":
        return clock.advance(event.seconds * 1_000);
      case "table":
        shared.table.outage = event.isAway ? new TableFailure("DynamoDB: away", true) : undefined;
        this.#tableWasAway ||= event.isAway;
        return;
      case "lost-response":
        shared.table.lostResponses = 1;
        return;
      case "rotate":
        return shared.secret.rotate();
      case "revoke":
        return this.#revoke(this.#at(event.instance));
    }
  }

  #at(index: number): FleetInstance {
    return this.#instances[index] as FleetInstance;
  }

  async #request(instances: readonly FleetInstance[], scoped: boolean): Promise<void> {
    const { clock } = this.#fleet;
    const members = scoped ? { scope: "item_download" } : {};
    const outcomes = await clock.finish(Promise.all(instances.map((one) => one.begin(members))));
    for (const outcome of outcomes) {
      const { access_token, expires_in } = issued(outcome);
      const age = (clock.wall() - (this.#born.get(access_token) ?? Number.NaN)) / 1_000;
      const left = 3_600 - age;
      expect(left).toBeGreaterThanOrEqual(MIN_TTL_SECONDS - TOLERANCE_SECONDS);
      expect(expires_in).toBeLessThanOrEqual(left + TOLERANCE_SECONDS);
      const sinceRevocation = (clock.wall() - (this.#revoked.get(access_token) ?? Infinity)) / 1_000;
      // Without the table no instance learns that a token in its memory was revoked.
      if (!this.#tableWasAway) expect(sinceRevocation).toBeLessThanOrEqual(CONFIRM_SECONDS);
      this.#last = access_token;
    }
  }

  async #revoke(by: FleetInstance): Promise<void> {
    const token = this.#last;
    if (token === undefined) return;
    const outcome = await by.revoke(token);
    if ("revoked" in outcome && this.#fleet.audit.last?.effect === "ended_at_box") {
      this.#revoked.set(token, this.#fleet.clock.wall());
    }
  }
}

test("after any history every token that a fleet issues has the life it claims, and a revoked one ends", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(events, { maxLength: 40 }), async (history) => {
      const fleet = new History();
      for (const event of history) await fleet.run(event);
    }),
    { numRuns: Number(process.env.FLEET_HISTORIES ?? samples(4_000, 0.05)) },
  );
});
