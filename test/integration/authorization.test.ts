import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { BoxApp } from "../../sandbox/box/state.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { everyNth } from "../support/samples.ts";
import { everythingPolicy, invokeHealth, invokeToken, linesOf } from "../support/sandbox-requests.ts";
import { requestToken } from "../support/token-client.ts";

/** Names a line. */
const keyOf = ({ request_id, app, state }: Readonly<Record<string, unknown>>) =>
  `${request_id} ${app} ${state}`;

const APPS = ["sandbox", "ccg"] as const;
/** Longer than a final refusal of Box is remembered. */
const FORGOTTEN_MS = 31_000;
/** Longer than the clocks of two environments can differ: what is seen later than this is newer. */
const LATER_MS = 3_000;

/** What an admin of the Box enterprise, or a developer of the app, can do to it, and undo. */
const SWITCHES = {
  "is authorized": {
    off: (app) => Object.assign(app, { authorized: false }),
    on: (app) => Object.assign(app, { authorized: true }),
  },
  "is enabled": {
    off: (app) => Object.assign(app, { enabled: false }),
    on: (app) => Object.assign(app, { enabled: true }),
  },
  "has scopes that the admin has authorized": {
    off(app) {
      app.scopes.add("manage_groups");
      app.authorized = false;
    },
    on: (app) => Object.assign(app, { authorized: true }),
  },
} satisfies Record<string, Record<"on" | "off", (app: BoxApp) => unknown>>;
const SWITCH_NAMES = Object.keys(SWITCHES) as (keyof typeof SWITCHES)[];

const DEPLOYMENTS: readonly (readonly [string, boolean])[] = [
  ["with a shared cache", true],
  ["without a shared cache", false],
];

describe.each(everyNth(DEPLOYMENTS, 2))("a deployment %s", (_name, sharedCache) => {
  let sandbox: Sandbox;

  beforeAll(async () => {
    sandbox = await startSandbox({ sharedCache, apps: { ccg: { authentication: "client_credentials" } } });
    await sandbox.deployPolicy(everythingPolicy(sandbox, APPS));
  });
  afterAll(() => sandbox.close());
  /** New environments, which find the apps authorized. */
  const startAgain = async () => {
    for (const name of APPS) Object.assign(sandbox.apps[name]!.box, { authorized: true, enabled: true });
    await sandbox.coldStart();
    passes(LATER_MS);
    if (sharedCache) await invokeHealth(sandbox);
    forgetChanges();
  };
  beforeEach(() => forgetChanges());

  /** Of the lines of the tests before. */
  let earlier: ReadonlySet<string> = new Set();
  const forgetChanges = () => {
    earlier = new Set(linesOf(sandbox, "authorization").map(keyOf));
  };
  const changes = () => linesOf(sandbox, "authorization").filter((line) => !earlier.has(keyOf(line)));
  const states = () => changes().map(({ app, state }) => `${app} ${state}`);
  let users = 0;
  /** Of users, so that no token of an earlier test serves. */
  const codeOf = async (app: string) => {
    const subject = { box_subject_type: "user", box_subject_id: newUser(app) };
    return (await invokeToken(sandbox, { app, ...subject })).code ?? "issued";
  };
  const newUser = (app: string): string => {
    const { enterpriseId } = sandbox.apps[app]!.box;
    const id = `7${String(++users).padStart(9, "0")}`;
    const user = { id, name: id, login: `${id}@example.com`, enterpriseId, kind: "managed" } as const;
    sandbox.box.state.users.set(id, user);
    return id;
  };
  const passes = (milliseconds: number) => {
    sandbox.freeze(milliseconds);
    const table = sandbox.sharedCache?.dynamoDb;
    if (table !== undefined) table.clock.skewSeconds += milliseconds / 1_000;
  };

  describe.each(APPS)("the app %s", (app) => {
    // Each change is undone, so that the environments of one find the app as those of the others did.
    beforeAll(startAgain);

    test.each(everyNth(SWITCH_NAMES, 3, APPS.indexOf(app)))(
      "gets tokens again without a deployment once it %s, which is reported once",
      async (name) => {
        const { on, off } = SWITCHES[name];
        const { box } = sandbox.apps[app]!;
        expect(await codeOf(app)).toBe("issued");
        passes(LATER_MS);
        off(box);
        expect([await codeOf(app), await codeOf(app)]).toEqual(Array(2).fill("box_app_not_authorized"));
        passes(LATER_MS);
        expect(await codeOf(app)).toBe("box_app_not_authorized");
        expect(changes()).toEqual([
          expect.objectContaining({
            ...{ kind: "authorization", app, state: "not_authorized", code: "box_app_not_authorized" },
            box_request_id: expect.stringMatching(/^[0-9a-f]{34}$/),
            since: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
            ...{ AuthorizationChanges: 1, AppsNotAuthorized: 1, Service: "token-invoke" },
          }),
        ]);
        on(box);
        passes(LATER_MS);
        expect([await codeOf(app), await codeOf(app)]).toEqual(["issued", "issued"]);
        expect(states()).toEqual([`${app} not_authorized`, `${app} authorized`]);
        expect(changes()[1]).toMatchObject({ AuthorizationChanges: 1, AppsNotAuthorized: 0 });
      },
    );

    test("that is refused at a cold start gets the same request's token half a minute after the admin acts", async () => {
      const { box } = sandbox.apps[app]!;
      await startAgain();
      box.authorized = false;
      const user = { app, box_subject_type: "user", box_subject_id: newUser(app) };
      expect((await invokeToken(sandbox, user)).code).toBe("box_app_not_authorized");
      box.authorized = true;
      expect((await invokeToken(sandbox, user)).code).toBe("box_app_not_authorized");
      passes(FORGOTTEN_MS);
      expect((await invokeToken(sandbox, user)).access_token).toBeDefined();
      expect(states()).toEqual([`${app} not_authorized`, `${app} authorized`]);
    });
  });

  describe("in new environments", () => {
    beforeEach(startAgain);

    test("counts the apps that are not authorized", async () => {
      for (const app of APPS) {
        sandbox.apps[app]!.box.enabled = false;
        expect(await codeOf(app)).toBe("box_app_not_authorized");
        passes(LATER_MS);
      }
      expect(changes().map((line) => line.AppsNotAuthorized)).toEqual([1, 2]);
      sandbox.apps.ccg!.box.enabled = true;
      expect(await codeOf("ccg")).toBe("issued");
      expect(changes().at(-1)).toMatchObject({ app: "ccg", state: "authorized", AppsNotAuthorized: 1 });
    });

    test(`reports a change ${sharedCache ? "once" : "once for each environment"}, whichever of its functions see it`, async () => {
      const { box } = sandbox.apps.sandbox!;
      const atBoth = async () => {
        const url = { box_subject_type: "user", box_subject_id: newUser("sandbox"), app: "sandbox" };
        const { body } = await requestToken(sandbox, sandbox.callers.everything!, url);
        return [body.code ?? "issued", await codeOf("sandbox")];
      };
      expect(await atBoth()).toEqual(["issued", "issued"]);
      passes(LATER_MS);
      box.enabled = false;
      expect(await atBoth()).toEqual(Array(2).fill("box_app_not_authorized"));
      box.enabled = true;
      passes(LATER_MS);
      expect(await atBoth()).toEqual(["issued", "issued"]);
      const times = sharedCache ? 1 : 2;
      const expected = ["not_authorized", "authorized"].flatMap((state) =>
        Array(times).fill(`sandbox ${state}`),
      );
      expect(states().toSorted()).toEqual(expected.toSorted());
    });

    test("shows in the health report whether each app is authorized, and counts those that are not", async () => {
      sandbox.apps.ccg!.box.authorized = false;
      const report = await invokeHealth(sandbox);
      expect(report.healthy).toBe(false);
      const [jwt, ccg] = report.apps;
      expect(jwt).toMatchObject({ healthy: true, grant: "jwt", authorization: { state: "authorized" } });
      expect(ccg).toMatchObject({
        ...{ healthy: false, grant: "client_credentials", failure: { code: "box_app_not_authorized" } },
        authorization: {
          state: "not_authorized",
          ...(sharedCache ? { since: expect.stringMatching(/Z$/) } : {}),
        },
      });
      expect(linesOf(sandbox, "health").at(-1)).toMatchObject({ apps: 2, AppsNotAuthorized: 1 });
    });

    test("counts the apps that are not authorized at each check of all of them, once there are none, if they share a cache", async () => {
      const counted = () => linesOf(sandbox, "health").at(-1)?.AppsNotAuthorized;
      expect((await invokeHealth(sandbox)).healthy).toBe(true);
      expect(counted()).toBe(sharedCache ? 0 : undefined);
      await invokeHealth(sandbox, { app: "ccg" });
      expect(counted()).toBeUndefined();
    });

    test("has no authorization in the health report where Box does not respond", async () => {
      sandbox.box.faults.inject("server-error");
      const report = await invokeHealth(sandbox);
      sandbox.box.faults.clear();
      for (const app of report.apps) expect(app).not.toHaveProperty("authorization");
      expect(linesOf(sandbox, "health").at(-1)).not.toHaveProperty("AppsNotAuthorized");
    });

    if (sharedCache) {
      test("reports by the health check a recovery that no environment could see, and since when", async () => {
        const { box } = sandbox.apps.sandbox!;
        box.authorized = false;
        expect(await codeOf("sandbox")).toBe("box_app_not_authorized");
        box.authorized = true;
        passes(LATER_MS);
        await sandbox.coldStart();
        expect(await codeOf("sandbox")).toBe("issued");
        expect(states()).toEqual(["sandbox not_authorized"]);
        const [app] = (await invokeHealth(sandbox)).apps;
        expect(states()).toEqual(["sandbox not_authorized", "sandbox authorized"]);
        expect(app?.authorization).toEqual({ state: "authorized", since: changes()[1]?.since });
        await invokeHealth(sandbox);
        expect(changes()).toHaveLength(2);
      });

      test("has the table in the health report, and who has to act where it may not be used", async () => {
        expect(await invokeHealth(sandbox)).toMatchObject({ healthy: true, table: { healthy: true } });
        sandbox.sharedCache!.dynamoDb.faults.inject("access-denied");
        const report = await invokeHealth(sandbox);
        sandbox.sharedCache!.dynamoDb.faults.clear();
        expect(report).toMatchObject({
          healthy: false,
          table: {
            healthy: false,
            failure: {
              ...{ check: "table", code: "shared_cache_misconfigured" },
              detail: expect.stringContaining("DynamoDB: AccessDeniedException: User: "),
              page: expect.stringContaining("DynamoDB"),
            },
          },
        });
        expect(report.apps.every(({ healthy }) => healthy)).toBe(true);
        const line = linesOf(sandbox, "health").findLast(({ failure }) => failure !== undefined);
        expect(line).toMatchObject({ failure: { check: "table" } });
        // Tokens are issued without the table: nobody is called for it at night.
        expect(line).not.toHaveProperty("HealthFailures");
      });

      test("has the table's KMS key in the health report where it may not be used", async () => {
        sandbox.sharedCache!.dynamoDb.faults.inject("key-denied");
        const { table } = await invokeHealth(sandbox);
        sandbox.sharedCache!.dynamoDb.faults.clear();
        expect(table?.failure).toMatchObject({
          code: "shared_cache_key_forbidden",
          detail: expect.stringContaining("kms:Decrypt"),
          page: expect.stringContaining("KMS"),
        });
      });

      test("reports by the health check a change that no caller has met, once", async () => {
        sandbox.apps.ccg!.box.enabled = false;
        await invokeHealth(sandbox);
        await sandbox.coldStart();
        await invokeHealth(sandbox);
        expect(await codeOf("ccg")).toBe("box_app_not_authorized");
        expect(changes()).toMatchObject([{ app: "ccg", state: "not_authorized", Service: "health" }]);
      });
    } else {
      test("has no table in the health report", async () => {
        expect(await invokeHealth(sandbox)).not.toHaveProperty("table");
      });

      test("reports no change by the health check, which would report it each time", async () => {
        sandbox.apps.ccg!.box.enabled = false;
        await invokeHealth(sandbox);
        expect(changes()).toEqual([]);
      });
    }
  });
});
