import { describe, expect, it } from "vitest";
import { TableRegister } from "../../../../functions/broker/authorization/table-register.ts";
import { TableFailure } from "../../../../functions/broker/shared-cache/table.ts";
import { Failure, type ProblemCode } from "../../../../schemas/protocol/problems.ts";
import { countingRandomness, issued, notIssued, unsignedCredentialsOf } from "../../../support/fake-ports.ts";
import { Fleet, type FleetInstance } from "../../../support/fleet.ts";
import { MemoryTable } from "../../../support/memory-table.ts";
import { VirtualClock } from "../../../support/virtual-clock.ts";

const USER = { box_subject_type: "user", box_subject_id: "4711" };
const MINUTE_MS = 60_000;

/** Box with an admin: the app is refused with a code until there is none. */
class AdministeredFleet extends Fleet {
  refusal: ProblemCode | undefined;

  constructor(hasTable = true) {
    super();
    this.hasTable = hasTable;
    this.box.rule = ({ kind }) =>
      kind === "exchange" || this.refusal === undefined
        ? undefined
        : new Failure(this.refusal, "refused", { boxRequestId: "0a1b2c" });
  }

  get reported() {
    return this.authorizationChanges.map(({ state }) => state);
  }

  /** Calls to the table for the records of apps. */
  get recordCalls() {
    return this.shared.table.keys.filter((key) => key.startsWith("authorization#")).length;
  }
}

async function refusedRequest(instance: FleetInstance, parameters: object = {}): Promise<ProblemCode> {
  return notIssued(await instance.request(parameters)).problem.code;
}

describe.each([
  ["with a table", true],
  ["without a table", false],
])("one environment %s", (_name, hasTable) => {
  it("reports an app that no admin has authorized once, and once that the admin has acted", async () => {
    const fleet = new AdministeredFleet(hasTable);
    const environment = fleet.start();
    fleet.refusal = "box_app_not_authorized";
    for (let requests = 0; requests < 4; requests++) {
      expect(await refusedRequest(environment)).toBe("box_app_not_authorized");
      await fleet.clock.advance(MINUTE_MS);
    }
    expect(fleet.authorizationChanges).toEqual([
      expect.objectContaining({
        ...{ app: "reports", state: "not_authorized", code: "box_app_not_authorized" },
        ...{ boxRequestId: "0a1b2c", appsNotAuthorized: 1 },
      }),
    ]);
    fleet.refusal = undefined;
    issued(await environment.request());
    issued(await environment.request(USER));
    expect(fleet.reported).toEqual(["not_authorized", "authorized"]);
    const [refused, authorized] = fleet.authorizationChanges;
    expect(authorized).toMatchObject({ app: "reports", appsNotAuthorized: 0 });
    expect(authorized?.since).toBeGreaterThan((refused?.since ?? 0) + 3 * MINUTE_MS);
  });

  it("reports an app that is disabled while it has tokens, and again each time that it changes", async () => {
    const fleet = new AdministeredFleet(hasTable);
    const environment = fleet.start();
    issued(await environment.request());
    for (let changes = 0; changes < 3; changes++) {
      fleet.refusal = "box_app_not_authorized";
      await refusedRequest(environment, { ...USER, box_subject_id: `1${changes}` });
      // The token that it has is no reason to report that the app is authorized.
      issued(await environment.request());
      await fleet.clock.advance(MINUTE_MS);
      fleet.refusal = undefined;
      issued(await environment.request({ ...USER, box_subject_id: `2${changes}` }));
      await fleet.clock.advance(MINUTE_MS);
    }
    expect(fleet.reported).toEqual(Array(3).fill(["not_authorized", "authorized"]).flat());
  });

  it("reports one change for requests at the same time", async () => {
    const fleet = new AdministeredFleet(hasTable);
    const environment = fleet.start();
    fleet.refusal = "box_app_not_authorized";
    const users = Array.from({ length: 20 }, (_, at) => ({ ...USER, box_subject_id: `3${at}` }));
    await fleet.clock.finish(Promise.all(users.map((user) => environment.begin(user))));
    expect(fleet.reported).toEqual(["not_authorized"]);
  });

  it.each<ProblemCode>(["box_unavailable", "box_key_refused", "box_user_tokens_not_enabled"])(
    "reports nothing where Box refuses with %s",
    async (code) => {
      const fleet = new AdministeredFleet(hasTable);
      fleet.refusal = code;
      expect(await refusedRequest(fleet.start())).toBe(code);
      expect(fleet.reported).toEqual([]);
    },
  );

  it("counts the ambiguous refusal of Client Credentials Grant for the enterprise alone", async () => {
    const fleet = new AdministeredFleet(hasTable);
    fleet.credentials.current = unsignedCredentialsOf();
    const environment = fleet.start();
    fleet.refusal = "box_grant_refused";
    await refusedRequest(environment, USER);
    expect(fleet.reported).toEqual([]);
    await refusedRequest(environment);
    expect(fleet.authorizationChanges).toMatchObject([
      { state: "not_authorized", code: "box_grant_refused" },
    ]);
  });
});

describe("environments with one table", () => {
  it("report one change together, whichever of them sees it first and last", async () => {
    const fleet = new AdministeredFleet();
    const environments = Array.from({ length: 8 }, () => fleet.start());
    fleet.refusal = "box_app_not_authorized";
    const users = environments.map((_, at) => ({ ...USER, box_subject_id: `4${at}` }));
    const all = () => fleet.clock.finish(Promise.all(environments.map((each, at) => each.begin(users[at]))));
    await all();
    await fleet.clock.advance(MINUTE_MS);
    await all();
    expect(fleet.reported).toEqual(["not_authorized"]);
    fleet.refusal = undefined;
    await fleet.clock.advance(MINUTE_MS);
    await all();
    await fleet.clock.advance(MINUTE_MS);
    await all();
    expect(fleet.reported).toEqual(["not_authorized", "authorized"]);
  });

  it("report the recovery also where only a remembered refusal was seen by the one that mints", async () => {
    const fleet = new AdministeredFleet();
    const [first, second] = [fleet.start(), fleet.start()];
    fleet.refusal = "box_app_not_authorized";
    await refusedRequest(first);
    await refusedRequest(second);
    expect(fleet.box.calls).toHaveLength(1);
    fleet.refusal = undefined;
    await fleet.clock.advance(MINUTE_MS);
    issued(await second.request());
    expect(fleet.reported).toEqual(["not_authorized", "authorized"]);
    issued(await first.request());
    expect(fleet.reported).toHaveLength(2);
  });

  it("report the recovery also where the token of another environment shows it", async () => {
    const fleet = new AdministeredFleet();
    const [refusedOne, cold] = [fleet.start(), fleet.start()];
    fleet.refusal = "box_app_not_authorized";
    await refusedRequest(refusedOne);
    fleet.refusal = undefined;
    await fleet.clock.advance(MINUTE_MS);
    issued(await cold.request());
    expect(fleet.reported).toEqual(["not_authorized"]);
    issued(await refusedOne.request());
    expect(fleet.reported).toEqual(["not_authorized", "authorized"]);
  });

  it("do not report a refusal whose request began before the recovery", async () => {
    const fleet = new AdministeredFleet();
    const [first, slow] = [fleet.start(), fleet.start()];
    fleet.refusal = "box_app_not_authorized";
    await refusedRequest(first);
    await fleet.clock.advance(MINUTE_MS);
    fleet.box.latency = 9_000;
    const late = slow.begin(USER);
    await fleet.clock.advance(1_000);
    fleet.box.latency = 200;
    const refusal = fleet.refusal;
    fleet.refusal = undefined;
    issued(await first.request());
    expect(refusal).toBeDefined();
    await fleet.clock.finish(late);
    expect(fleet.reported).toEqual(["not_authorized", "authorized"]);
  });

  describe("make no call to the table for it while nothing changes:", () => {
    it("while the app is authorized", async () => {
      const fleet = new AdministeredFleet();
      const environment = fleet.start();
      for (let requests = 0; requests < 5; requests++) {
        issued(await environment.request());
        issued(await environment.request({ ...USER, box_subject_id: `5${requests}` }));
        await fleet.clock.advance(20 * MINUTE_MS);
      }
      expect(fleet.recordCalls).toBe(0);
    });

    it("while Box continues to refuse it", async () => {
      const fleet = new AdministeredFleet();
      const environments = [fleet.start(), fleet.start()];
      fleet.refusal = "box_app_not_authorized";
      for (const each of environments) await refusedRequest(each);
      // The first one reads and writes the record, and counts the apps; the second one has a remembered refusal.
      expect(fleet.recordCalls).toBe(3);
      for (let requests = 0; requests < 5; requests++) {
        await fleet.clock.advance(MINUTE_MS);
        await refusedRequest(environments[0]!);
      }
      expect(fleet.recordCalls).toBe(3);
    });

    it("while it is refused and an older token serves", async () => {
      const fleet = new AdministeredFleet();
      const environment = fleet.start();
      issued(await environment.request());
      await fleet.clock.advance(MINUTE_MS);
      fleet.refusal = "box_app_not_authorized";
      await refusedRequest(environment, USER);
      const calls = fleet.recordCalls;
      for (let requests = 0; requests < 5; requests++) issued(await environment.request());
      expect(fleet.recordCalls).toBe(calls);
    });
  });
});

describe("where the table cannot be used", () => {
  it("each environment reports for itself, both changes once", async () => {
    const fleet = new AdministeredFleet();
    const environments = [fleet.start(), fleet.start()];
    fleet.shared.table.outage = new TableFailure("away", true);
    fleet.refusal = "box_app_not_authorized";
    for (const each of environments) await refusedRequest(each);
    expect(fleet.reported).toEqual(["not_authorized", "not_authorized"]);
    fleet.refusal = undefined;
    fleet.shared.table.outage = undefined;
    await fleet.clock.advance(MINUTE_MS);
    for (const each of environments) issued(await each.request());
    expect(fleet.reported.slice(2)).toEqual(["authorized", "authorized"]);
  });

  it("because it throttles, the next refusal by Box is reported", async () => {
    const fleet = new AdministeredFleet();
    const environment = fleet.start();
    fleet.shared.table.outage = new TableFailure("throttled", true, true);
    fleet.refusal = "box_app_not_authorized";
    await refusedRequest(environment);
    expect(fleet.reported).toEqual([]);
    fleet.shared.table.outage = undefined;
    await fleet.clock.advance(2 * MINUTE_MS);
    await refusedRequest(environment);
    expect(fleet.reported).toEqual(["not_authorized"]);
  });

  it("reports a change once although the response to its write was lost", async () => {
    const fleet = new AdministeredFleet();
    fleet.shared.table.lostResponses = 1_000;
    fleet.refusal = "box_app_not_authorized";
    await refusedRequest(fleet.start());
    await refusedRequest(fleet.start(), USER);
    expect(fleet.reported).toEqual(["not_authorized"]);
  });
});

describe("two environments whose clocks of the table differ by 1.5 s", () => {
  /** The second one sees a token whose request began so many milliseconds after the one that the first saw refused. */
  async function secondOutcome(later: number) {
    const clock = new VirtualClock();
    const table = new MemoryTable(() => clock.wall());
    const ahead = new Proxy(table, {
      get: (target, name) =>
        name === "now" ? () => target.now() + 1_500 : Reflect.get(target, name, target).bind?.(target),
    });
    const [first, second] = [table, ahead].map(
      (each) => new TableRegister({ table: each, clock, random: countingRandomness() }),
    );
    const context = { requestId: "request", deadline: 1e9, trace: { steps: [] } };
    await clock.advance(60_000);
    const at = (milliseconds: number) => ({
      wall: clock.wall() + milliseconds,
      monotonic: clock.monotonic() + milliseconds,
    });
    await first?.record({ app: "reports", state: "not_authorized", begun: at(-30_000) }, context);
    const recovery = { app: "reports", state: "authorized", begun: at(-30_000 + later) } as const;
    return (await second?.record(recovery, context))?.outcome;
  }

  it("take no earlier request for a recovery, and a later one for it", async () => {
    expect(await secondOutcome(-100)).toBe("outdated");
    expect(await secondOutcome(5_000)).toBe("changed");
  });
});
