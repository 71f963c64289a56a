import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { everyNth } from "../support/samples.ts";
import { type DeployedAlarms, startDeployedAlarms } from "./deployed-alarms.ts";

/** Enough to be a rate, and fewer than one environment serves at once. */
const REQUESTS = 6;
const AT_ONCE = 10;
const SECRET = "box-sts/sandbox";

let deployed: DeployedAlarms;
let config: string;

beforeAll(async () => {
  deployed = await startDeployedAlarms(AT_ONCE);
  config = JSON.stringify(deployed.sandbox.apps.sandbox!.config);
});
afterAll(() => deployed.close());
beforeEach(() => {
  deployed.sandbox.box.faults.clear();
  deployed.sandbox.secretsManager.faults.clear();
  deployed.measureAgain();
});
/** What was deployed first, with the first secret, in environments that know nothing. */
async function deployAgain(): Promise<void> {
  // Twice, so that the previous version is the same one.
  for (let version = 0; version < 2; version += 1) deployed.sandbox.secretsManager.put(SECRET, config);
  await deployed.forget();
}

const times = <Result>(count: number, send: (index: number) => Promise<Result>) =>
  Promise.all(Array.from({ length: count }, (_, index) => send(index)));
const inTurn = async (count: number, send: (index: number) => Promise<void>) => {
  for (let index = 0; index < count; index += AT_ONCE)
    await times(Math.min(AT_ONCE, count - index), (more) => send(index + more));
};
/** What is raised; on a busy machine requests are slow by themselves, so that this alarm counts only where it is meant. */
const raised = (slowIsMeant = false, fill?: boolean) =>
  deployed.raised(fill).filter((name) => slowIsMeant || name !== "ticket SlowRequests");
const withKeyId = (publicKeyID: string) => {
  const changed = JSON.parse(config);
  changed.boxAppSettings.appAuth.publicKeyID = publicKeyID;
  return JSON.stringify(changed);
};

describe("an outage raises exactly the alarms of its row:", () => {
  beforeEach(deployAgain);

  type Box = Parameters<DeployedAlarms["sandbox"]["box"]["faults"]["inject"]>;
  type Secrets = Parameters<DeployedAlarms["sandbox"]["secretsManager"]["faults"]["inject"]>;
  const box = (...fault: Box) => void deployed.sandbox.box.faults.inject(...fault);
  const secrets = (...fault: Secrets) => void deployed.sandbox.secretsManager.faults.inject(...fault);
  const store = (text: string) => void deployed.sandbox.secretsManager.put(SECRET, text);
  const DOWN = ["page FailureRate", "page HealthFailure"];
  const REPAIR = ["page HealthFailure", "page OperatorErrors"];

  const outages: readonly [string, () => unknown, readonly string[]][] = [
    ["none", () => {}, []],
    ["Box responds with 503", () => box("server-error"), DOWN],
    ["Box resets connections", () => box("reset"), DOWN],
    ["a web page responds in Box's place", () => box("html-body"), DOWN],
    ["Secrets Manager denies the role", () => secrets("access-denied"), REPAIR],
    ["Secrets Manager cannot be reached", () => secrets("away"), DOWN],
    ["the policy cannot be parsed", () => deployed.deploy({ policy: "{ version: 1" }), REPAIR],
    [
      "the secret is deleted",
      () => deployed.sandbox.secretsManager.secrets.get(SECRET)?.versions.clear(),
      REPAIR,
    ],
    ["the secret is no Box config", () => store('{"hello":"there"}'), REPAIR],
    [
      "the admin has not authorized the app",
      () => box("unauthorized-app"),
      ["page AppsNotAuthorized", ...REPAIR],
    ],
    ["the public key is removed at Box", () => box("key-removed"), REPAIR],
    [
      "the environment is broken, so that no function starts",
      () => deployed.deploy({ apps: "reports" }),
      ["page AuditFailure", "page HealthFailure"],
    ],
    ["Box limits the rate of every request", () => box("rate-limited"), [...DOWN, "ticket RateLimited"]],
    [
      "Box refuses the current secret, and accepts the previous one",
      () => store(withKeyId("unknown1")),
      ["page HealthFailure", "ticket PreviousSecret"],
    ],
    [
      "the clock is an hour behind Box's",
      () => box("skewed-clock", { skewSeconds: 3_600 }),
      ["ticket ClockSkew"],
    ],
    ["Box is slow", () => box("slow", { on: "token", ms: 3_100 }), ["ticket SlowRequests"]],
  ];

  test.each(everyNth(outages, 3))("%s", async (_, happens, alarms) => {
    await happens();
    await Promise.all([times(REQUESTS, () => deployed.invoke({})), deployed.checkHealth()]);
    const slowIsMeant = alarms.includes("ticket SlowRequests");
    expect(raised(slowIsMeant)).toEqual([...alarms].toSorted());
    // Only what compares AWS's counts of several functions needs FILL to fill a series without data.
    const needFill = ["page AuditFailure", "ticket Throttles"];
    expect(raised(slowIsMeant, false)).toEqual(alarms.filter((name) => !needFill.includes(name)).toSorted());
  });

  test("the role of the token functions alone lost its right, which no health check can see", async () => {
    await deployed.checkHealth();
    secrets("access-denied");
    await deployed.invoke({});
    expect(raised()).toEqual(["page OperatorErrors"]);
  });

  test("the callers of the Function URL meet it alone", async () => {
    box("server-error");
    await Promise.all([times(REQUESTS, () => deployed.post({})), deployed.checkHealth()]);
    expect(raised()).toEqual(DOWN);
  });

  test("a flood of denied requests comes at the same time, and hides nothing", async () => {
    await deployed.checkHealth();
    box("server-error");
    await times(REQUESTS, () => deployed.invoke({}));
    await inTurn(200, () => deployed.invoke({ app: "sandbox", scope: "" }));
    expect(raised()).toEqual(["page FailureRate"]);
  });

  test("more requests come at once than the function may serve", async () => {
    await deployed.checkHealth();
    await times(AT_ONCE + 2, () => deployed.invoke({}));
    expect(raised()).toEqual(["ticket Throttles"]);
  });

  test("the health check does not run", async () => {
    await times(REQUESTS, () => deployed.invoke({}));
    expect(raised()).toEqual(["page HealthFailure"]);
  });
});

describe("a caller's mistake raises no alarm:", () => {
  beforeAll(deployAgain);

  const mistakes: readonly [string, () => Promise<unknown>][] = [
    [
      "one wrong user id, again and again",
      () => inTurn(30, () => deployed.invoke({ box_subject_type: "user", box_subject_id: "404" })),
    ],
    ["21 malformed requests", () => inTurn(21, () => deployed.invoke({ apps: "sandbox" }))],
    ["21 requests to a path that does not exist", () => inTurn(21, () => deployed.post({}, "/token"))],
    ["20 requests that the policy does not allow", () => inTurn(20, () => deployed.invoke({ app: "other" }))],
  ];

  test.each(mistakes)("%s", async (_, sends) => {
    await deployed.checkHealth();
    await sends();
    expect(raised()).toEqual([]);
  });

  test("nor do four failures in a quiet period, which are no rate", async () => {
    await deployed.checkHealth();
    deployed.sandbox.box.faults.inject("server-error");
    await times(4, () => deployed.invoke({}));
    expect(raised()).toEqual([]);
  });
});

describe("what the operator should see raises a ticket, and no page:", () => {
  beforeAll(deployAgain);

  test("21 requests that the policy does not allow", async () => {
    await deployed.checkHealth();
    await inTurn(21, () => deployed.invoke({ app: "other" }));
    expect(raised()).toEqual(["ticket PolicyDenials"]);
  });

  test("a caller that tries user ids one after the other, each of which is a call to Box", async () => {
    await deployed.checkHealth();
    await inTurn(21, (index) => deployed.invoke({ box_subject_type: "user", box_subject_id: `90${index}` }));
    expect(raised()).toEqual(["ticket BoxCalls"]);
  });
});
