import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type GeneratedApp, generateApp } from "../../sandbox/app.ts";
import { type RequestResult, startWorld, type World, type WorldApp } from "./world.ts";

/**
 * Secrets replaced while hundreds of requests are in flight. Every request reports that Box refused the token it got
 * before, so that all of them need Box; three apps' enterprises and users, full tokens and narrowed ones.
 */
const IN_FLIGHT = 200;
const USERS = 6;
/** Each app's enterprise and users. */
const SUBJECTS = 1 + USERS;
const SECRET_TTL_MS = 300_000;
/** The function does not replace a token younger than this, whichever caller reports it. */
const MIN_MINT_INTERVAL_MS = 10_000;
const REFUSAL_MEMORY_MS = 30_000;
/** How often that much time passes under load; all together less than a secret's time to live. */
const AGEINGS = 20;

let generated: Record<string, GeneratedApp>;
let fresh: GeneratedApp;
let freshest: GeneratedApp;

const keyOf = ({ config }: GeneratedApp) => config.boxAppSettings.appAuth;

/** What an operator does, to the first app. */
function operatorOf({ apps: [first], secretsManager }: World) {
  const app = first as WorldApp;
  const settings = app.config.boxAppSettings;
  const put = (changes: Partial<typeof settings>) => {
    const boxAppSettings = { ...settings, ...changes };
    secretsManager.put(app.secretName, JSON.stringify({ ...app.config, boxAppSettings }));
  };
  return {
    addKey: (made = fresh) => app.box.publicKeys.set(keyOf(made).publicKeyID, made.publicKey),
    removeKey: (made: GeneratedApp = app) => app.box.publicKeys.delete(keyOf(made).publicKeyID),
    storeSecret: (made = fresh) => put({ appAuth: keyOf(made) }),
    replaceClientSecret(clientSecret: string) {
      app.box.clientSecret = clientSecret;
      put({ clientSecret });
    },
  };
}

function questionsTo({ apps }: World) {
  return apps.flatMap(({ name: app, users }) => {
    const subjects = [{}, ...users.map((id) => ({ box_subject_type: "user", box_subject_id: id }))];
    return subjects.flatMap((subject) => [
      { app, ...subject },
      { app, ...subject, scope: "item_download" },
    ]);
  });
}

interface Asked extends RequestResult {
  readonly app: string;
  /** Its number, by when it was begun. */
  readonly number: number;
}

/** Keeps so many requests in flight and runs each action when so many of them have started. */
async function load(
  world: World,
  count: number,
  does: Readonly<Record<number, () => void>>,
): Promise<readonly Asked[]> {
  const questions = questionsTo(world);
  const results: Asked[] = [];
  const refused = new Map<object, string>();
  let begun = 0;
  const asker = async () => {
    while (begun < count) {
      const number = begun++;
      if (number % (count / AGEINGS) === 0) world.age(MIN_MINT_INTERVAL_MS);
      does[number]?.();
      const question = questions[number % questions.length] as (typeof questions)[number];
      const rejected_token_sha256 = refused.get(question);
      const rejecting = rejected_token_sha256 === undefined ? {} : { rejected_token_sha256 };
      const way = number % 2 === 0 ? "url" : "invoke";
      // More than the time that passes while they are in flight.
      const answer = await world.ask(way, { ...question, ...rejecting }, 600_000);
      const { access_token = "" } = answer.token ?? {};
      refused.set(question, createHash("sha256").update(access_token).digest("hex"));
      results.push({ ...answer, app: question.app, number });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, asker));
  return results;
}

function failuresOf(results: readonly Asked[]): readonly string[] {
  return results.flatMap(({ number, app, problem }) => (problem ? `${number} ${app} ${problem.code}` : []));
}

/** Grants that Box refused. */
function refusals({ box }: World): number {
  return box.requests.entries.filter(
    ({ operation, status }) => operation === "token/jwt-bearer" && status === 400,
  ).length;
}
const reads = ({ secretsManager }: World) => secretsManager.requests.count("GetSecretValue");

async function inWorld(run: (world: World) => Promise<void>): Promise<void> {
  const world = await startWorld(generated, USERS);
  try {
    await Promise.all(questionsTo(world).map((members) => world.ask("url", members)));
    world.box.requests.clear();
    world.secretsManager.requests.clear();
    await run(world);
    for (const { token } of await Promise.all(
      world.apps.map(({ name }) => world.ask("url", { app: name })),
    )) {
      expect(world.box.tokens.find(token?.access_token ?? "")).toBeDefined();
    }
  } finally {
    await world.close();
  }
}

/** @param requests for each replacement; the actions of the operator are done by the thousandth */
export function testRotations(requests: number): void {
  beforeAll(async () => {
    const apps = await Promise.all(Array.from({ length: 5 }, () => generateApp()));
    const [reports, payroll, archive] = apps as [GeneratedApp, GeneratedApp, GeneratedApp];
    [fresh, freshest] = apps.slice(3) as [GeneratedApp, GeneratedApp];
    generated = { reports, payroll, archive };
  });

  const underLoad = (world: World, does: Readonly<Record<number, () => void>>) => load(world, requests, does);

  describe("a secret that is replaced under load loses no request", () => {
    test("where the new key is at Box first, then in the secret, then the old one goes", () =>
      inWorld(async (world) => {
        const { addKey, storeSecret, removeKey } = operatorOf(world);
        const results = await underLoad(world, {
          300: addKey,
          600: () => storeSecret(),
          900: () => removeKey(),
        });
        expect(failuresOf(results)).toEqual([]);
        expect(refusals(world)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(world)).toBe(1);
      }));

    test("where the secret comes first and is read before Box knows its key", () =>
      inWorld(async (world) => {
        const { addKey, storeSecret, removeKey } = operatorOf(world);
        const before = await underLoad(world, { 700: () => storeSecret() });
        world.age(SECRET_TTL_MS);
        const after = await underLoad(world, { 500: addKey, 1000: () => removeKey() });
        expect(failuresOf([...before, ...after])).toEqual([]);
        // All three secrets are read as they are too old; both versions of the one as Box refuses the new key, and
        // the new one again as it refuses the old key.
        expect(reads(world)).toBeLessThanOrEqual(3 + 2 + 1);
        // Once as the new key is not there yet, once as the old one is there no more.
        expect(refusals(world)).toBeLessThanOrEqual(2 * SUBJECTS);
      }));

    test("where key and secret are replaced at once", () =>
      inWorld(async (world) => {
        const { addKey, storeSecret, removeKey } = operatorOf(world);
        const replace = () => {
          removeKey();
          addKey();
          storeSecret();
        };
        expect(failuresOf(await underLoad(world, { 700: replace }))).toEqual([]);
        expect(refusals(world)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(world)).toBe(1);
      }));

    test("where it is replaced twice before anybody has read the first replacement", () =>
      inWorld(async (world) => {
        const { addKey, storeSecret, removeKey } = operatorOf(world);
        const results = await underLoad(world, {
          400: () => {
            addKey();
            storeSecret();
          },
          600: () => {
            addKey(freshest);
            storeSecret(freshest);
          },
          900: () => {
            removeKey();
            removeKey(fresh);
          },
        });
        expect(failuresOf(results)).toEqual([]);
        expect(refusals(world)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(world)).toBe(1);
      }));

    test("where it is the client secret", () =>
      inWorld(async (world) => {
        const { replaceClientSecret } = operatorOf(world);
        const results = await underLoad(world, {
          700: () => replaceClientSecret("aNewClientSecretOf32Characters00"),
        });
        expect(failuresOf(results)).toEqual([]);
        expect(refusals(world)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(world)).toBe(1);
      }));

    test("where Secrets Manager is away for a moment just then", () =>
      inWorld(async (world) => {
        const { addKey, storeSecret, removeKey } = operatorOf(world);
        const replace = () => {
          world.secretsManager.faults.inject("throttled", { times: 2 });
          removeKey();
          addKey();
          storeSecret();
        };
        expect(failuresOf(await underLoad(world, { 700: replace }))).toEqual([]);
        expect(reads(world)).toBe(3);
      }));
  });

  test("where the old key goes before the secret has the new one, only that app's requests are lost, until it has", () =>
    inWorld(async (world) => {
      const { addKey, storeSecret, removeKey } = operatorOf(world);
      const replaceKey = () => {
        removeKey();
        addKey();
      };
      const lost = (await underLoad(world, { 700: replaceKey })).filter(
        ({ problem }) => problem !== undefined,
      );
      expect(new Set(lost.map(({ app, problem }) => `${app} ${problem?.code}`))).toEqual(
        new Set(["reports box_key_refused"]),
      );
      storeSecret();
      world.age(REFUSAL_MEMORY_MS);
      expect(failuresOf(await underLoad(world, {}))).toEqual([]);
    }));
}
