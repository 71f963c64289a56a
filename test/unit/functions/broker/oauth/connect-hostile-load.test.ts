import { expect, test } from "vitest";
import { Failure } from "../../../../../schemas/protocol/problems.ts";
import { ConnectScene, type Sent } from "../../../../support/connect-scene.ts";
import { samples } from "../../../../support/samples.ts";
import { SeededRandom } from "../../../../support/seeded-random.ts";

const REQUESTS = samples(20_000);

/** Every kind of request that no invitation and no begun attempt is behind, in turn. */
async function hostileRequests(scene: ConnectScene): Promise<readonly ((random: () => number) => Sent)[]> {
  const invitation = await scene.invitation();
  const expired = await scene.invitation({ expires: scene.clock.wall() - 1 });
  const unknownApp = await scene.invitation({ app: "unknown" });
  const browser = scene.browser();
  const callback = new URL(scene.box.consent(await browser.begin(invitation)));
  const query = callback.search.slice(1);
  const state = callback.searchParams.get("state");
  const [[name = "", sealed = ""] = []] = browser.cookies;
  const used = new URL(scene.box.refuse(await browser.begin(invitation), "access_denied"));
  const usedCookies = [...browser.cookies].map(([cookie, value]) => `${cookie}=${value}`);
  await browser.open(used.href);
  const { id } = await scene.serviceKey();
  const text = (random: () => number, length: number) =>
    Array.from({ length }, () => Math.floor(random() * 36).toString(36)).join("");
  const edited = (whole: string, random: () => number) => {
    const at = Math.floor(random() * whole.length);
    return `${whole.slice(0, at)}${whole[at] === "A" ? "B" : "A"}${whole.slice(at + 1)}`;
  };
  return [
    (random) => ({ path: `/${text(random, 8)}` }),
    (random) => ({ method: "POST", path: "/connect", query: `invitation=${text(random, 300)}` }),
    () => ({ path: "/connect" }),
    (random) => ({ path: "/connect", query: `invitation=${id}.${text(random, 300)}` }),
    (random) => ({ path: "/connect", query: `invitation=${text(random, 36)}.${text(random, 300)}` }),
    (random) => ({ path: "/connect", query: `invitation=${edited(invitation, random)}` }),
    () => ({ path: "/connect", query: `invitation=${expired}` }),
    () => ({ path: "/connect", query: `invitation=${unknownApp}` }),
    () => ({ path: "/connect", query: "invitation=".padEnd(9_000, "a") }),
    () => ({ path: "/callback", query }),
    (random) => ({ path: "/callback", query: `state=${text(random, 43)}&code=${text(random, 32)}` }),
    (random) => ({ path: "/callback", query: `state=${text(random, 43)}&error=access_denied` }),
    (random) => ({ path: "/callback", query, cookies: [`${name}=${edited(sealed, random)}`] }),
    (random) => ({ path: "/callback", query, cookies: [`${name}=${id}.${text(random, 400)}`] }),
    () => ({ path: "/callback", query: used.search.slice(1), cookies: usedCookies }),
    () => ({ path: "/callback", query: `state=${state}`, cookies: [`${name}=${sealed}`] }),
    (random) => ({ path: "/callback", query: edited(query, random), cookies: [] }),
  ];
}

/** Sends them all, and so much time passes in between; returns what they cost. */
async function load(scene: ConnectScene, { requests = REQUESTS, msBetween = 0 } = {}) {
  const kinds = await hostileRequests(scene);
  const seeded = new SeededRandom(20_261_121);
  const random = () => seeded.fraction();
  const before = scene.cost;
  const linesBefore = scene.lines.length;
  for (let count = 0; count < requests; count++) {
    const kind = kinds[count % kinds.length];
    if (kind === undefined) throw new Error("no such kind");
    const { statusCode } = await scene.send(kind(random));
    if (statusCode === 200 || statusCode === 302) throw new Error(`kind ${count % kinds.length} was let in`);
    if (msBetween > 0) scene.clock.freeze(msBetween);
  }
  return { cost: scene.cost - before, lines: scene.lines.slice(linesBefore) };
}

test(`${REQUESTS} hostile requests cost no call to Box, Secrets Manager or the table, and one line`, async () => {
  const { cost, lines } = await load(await new ConnectScene().start());
  expect(cost).toBe(0);
  expect(lines).toHaveLength(1);
});

test("over an hour they cost a read of both versions of the service secret each 300 s, and a line each minute", async () => {
  const { cost, lines } = await load(await new ConnectScene().start(), { requests: 4_000, msBetween: 900 });
  // The start has read them first.
  expect(cost).toBe(2 * 11);
  expect(lines.length).toBeGreaterThanOrEqual(59);
  expect(lines.length).toBeLessThanOrEqual(61);
  // All but those of the last minute are counted.
  const counted = lines.reduce((sum, { ConnectRequestsRefused }) => sum + Number(ConnectRequestsRefused), 0);
  expect(counted).toBeGreaterThan(4_000 - 70);
  expect(counted).toBeLessThanOrEqual(4_000);
  const reasons = new Set(lines.flatMap(({ reasons }) => Object.keys(reasons as object)));
  expect([...reasons].sort()).toEqual([
    ...["authorization_expired", "authorization_forged", "callback_malformed", "cookie_missing"],
    ...["invitation_expired", "invitation_for_unknown_app", "invitation_forged", "invitation_missing"],
    ...["method", "path_unknown", "state_used_before"],
  ]);
});

test("while Secrets Manager is away they cost one attempt each 10 s, until the service secret is read", async () => {
  const scene = new ConnectScene();
  const invitation = await scene.invitation();
  scene.shared.secret.failure = new Failure("secret_unavailable", "scripted");
  await scene.start();
  const reads = () => scene.shared.secret.reads;
  expect(reads()).toBe(2);
  expect(scene.lines.map(({ request_id }) => request_id)).toEqual(["request-1", "request-1"]);
  for (let count = 0; count < 100; count++) {
    const { statusCode } = await scene.send({ path: "/connect", query: `invitation=${invitation}` });
    expect(statusCode).toBe(503);
    scene.clock.freeze(1_000);
  }
  expect(reads()).toBe(2 + 2 * 9);
  const lines = scene.lines.filter(({ kind }) => kind === "connect-refusals");
  expect(lines.at(-1)).toMatchObject({
    ...{ reasons: { keys_unavailable: 60 }, ConnectRequestsRefused: 60, ConnectionsFailed: 60 },
  });
  scene.shared.secret.failure = undefined;
  scene.clock.freeze(10_000);
  expect((await scene.send({ path: "/connect", query: `invitation=${invitation}` })).statusCode).toBe(302);
});

test("an outage of Secrets Manager does not end the use of the service secret that is known", async () => {
  const scene = await new ConnectScene().start();
  scene.shared.secret.failure = new Failure("secret_unavailable", "scripted");
  scene.clock.freeze(300_000);
  const browser = scene.browser();
  expect((await browser.open(`/connect?invitation=${await invitationOf(scene)}`)).statusCode).toBe(302);
  expect(scene.shared.secret.reads).toBe(4);
});

async function invitationOf(scene: ConnectScene): Promise<string> {
  const { failure } = scene.shared.secret;
  scene.shared.secret.failure = undefined;
  const invitation = await scene.invitation();
  scene.shared.secret.failure = failure;
  return invitation;
}
