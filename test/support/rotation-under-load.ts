import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { type GeneratedApp, generateApp } from "../../sandbox/apps/app.ts";
import {
  type RequestResult,
  startTestEnvironment,
  type TestApp,
  type TestEnvironment,
} from "./test-environment.ts";

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
function operatorOf({ apps: [first], secretsManager }: TestEnvironment) {
  const app = first as TestApp;
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

function requestsTo({ apps }: TestEnvironment) {
  return apps.flatMap(({ name: app, users }) => {
    const subjects = [{}, ...users.map((id) => ({ box_subject_type: "user", box_subject_id: id }))];
    return subjects.flatMap((subject) => [
      { app, ...subject },
      { app, ...subject, scope: "item_download" },
    ]);
  });
}

interface Numbered extends RequestResult {
  readonly app: string;
  /** Its number, by when it was begun. */
  readonly number: number;
}

/** Keeps so many requests in flight and runs each action when so many of them have started. */
async function load(
  environment: TestEnvironment,
  count: number,
  does: Readonly<Record<number, () => void>>,
): Promise<readonly Numbered[]> {
  const requests = requestsTo(environment);
  const results: Numbered[] = [];
  const refused = new Map<object, string>();
  let begun = 0;
  const sender = async () => {
    while (begun < count) {
      const number = begun++;
      if (number % (count / AGEINGS) === 0) environment.age(MIN_MINT_INTERVAL_MS);
      does[number]?.();
      const request = requests[number % requests.length] as (typeof requests)[number];
      const rejected_token_sha256 = refused.get(request);
      const rejecting = rejected_token_sha256 === undefined ? {} : { rejected_token_sha256 };
      const access = number % 2 === 0 ? "url" : "invoke";
      // More than the time that passes while they are in flight.
      const result = await environment.requestToken(access, { ...request, ...rejecting }, 600_000);
      const { access_token = "" } = result.token ?? {};
      refused.set(request, createHash("sha256").update(access_token).digest("hex"));
      results.push({ ...result, app: request.app, number });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
  return results;
}

function failuresOf(results: readonly Numbered[]): readonly string[] {
  return results.flatMap(({ number, app, problem }) => (problem ? `${number} ${app} ${problem.code}` : []));
}

/** Grants that Box refused. */
function refusals({ box }: TestEnvironment): number {
  return box.requests.entries.filter(
    ({ operation, status }) => operation === "token/jwt-bearer" && status === 400,
  ).length;
}
const reads = ({ secretsManager }: TestEnvironment) => secretsManager.requests.count("GetSecretValue");

async function inEnvironment(run: (environment: TestEnvironment) => Promise<void>): Promise<void> {
  const environment = await startTestEnvironment(generated, USERS);
  try {
    await Promise.all(
      requestsTo(environment).map((parameters) => environment.requestToken("url", parameters)),
    );
    environment.box.requests.clear();
    environment.secretsManager.requests.clear();
    await run(environment);
    for (const { token } of await Promise.all(
      environment.apps.map(({ name }) => environment.requestToken("url", { app: name })),
    )) {
      expect(environment.box.tokens.find(token?.access_token ?? "")).toBeDefined();
    }
  } finally {
    await environment.close();
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

  const underLoad = (environment: TestEnvironment, does: Readonly<Record<number, () => void>>) =>
    load(environment, requests, does);

  describe("a secret that is replaced under load loses no request", () => {
    test("where the new key is at Box first, then in the secret, then the old one goes", () =>
      inEnvironment(async (environment) => {
        const { addKey, storeSecret, removeKey } = operatorOf(environment);
        const results = await underLoad(environment, {
          300: addKey,
          600: () => storeSecret(),
          900: () => removeKey(),
        });
        expect(failuresOf(results)).toEqual([]);
        expect(refusals(environment)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(environment)).toBe(1);
      }));

    test("where the secret comes first and is read before Box knows its key", () =>
      inEnvironment(async (environment) => {
        const { addKey, storeSecret, removeKey } = operatorOf(environment);
        const before = await underLoad(environment, { 700: () => storeSecret() });
        environment.age(SECRET_TTL_MS);
        const after = await underLoad(environment, { 500: addKey, 1000: () => removeKey() });
        expect(failuresOf([...before, ...after])).toEqual([]);
        // All three secrets are read as they are too old; both versions of the one as Box refuses the new key, and
        // the new one again as it refuses the old key.
        expect(reads(environment)).toBeLessThanOrEqual(3 + 2 + 1);
        // Once as the new key is not there yet, once as the old one is there no more.
        expect(refusals(environment)).toBeLessThanOrEqual(2 * SUBJECTS);
      }));

    test("where key and secret are replaced at once", () =>
      inEnvironment(async (environment) => {
        const { addKey, storeSecret, removeKey } = operatorOf(environment);
        const replace = () => {
          removeKey();
          addKey();
          storeSecret();
        };
        expect(failuresOf(await underLoad(environment, { 700: replace }))).toEqual([]);
        expect(refusals(environment)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(environment)).toBe(1);
      }));

    test("where it is replaced twice before anybody has read the first replacement", () =>
      inEnvironment(async (environment) => {
        const { addKey, storeSecret, removeKey } = operatorOf(environment);
        const results = await underLoad(environment, {
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
        expect(refusals(environment)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(environment)).toBe(1);
      }));

    test("where it is the client secret", () =>
      inEnvironment(async (environment) => {
        const { replaceClientSecret } = operatorOf(environment);
        const results = await underLoad(environment, {
          700: () => replaceClientSecret("aNewClientSecretOf32Characters00"),
        });
        expect(failuresOf(results)).toEqual([]);
        expect(refusals(environment)).toBeLessThanOrEqual(SUBJECTS);
        expect(reads(environment)).toBe(1);
      }));

    test("where Secrets Manager is away for a moment just then", () =>
      inEnvironment(async (environment) => {
        const { addKey, storeSecret, removeKey } = operatorOf(environment);
        const replace = () => {
          environment.secretsManager.faults.inject("throttled", { times: 2 });
          removeKey();
          addKey();
          storeSecret();
        };
        expect(failuresOf(await underLoad(environment, { 700: replace }))).toEqual([]);
        expect(reads(environment)).toBe(3);
      }));
  });

  test("where the old key goes before the secret has the new one, only that app's requests are lost, until it has", () =>
    inEnvironment(async (environment) => {
      const { addKey, storeSecret, removeKey } = operatorOf(environment);
      const replaceKey = () => {
        removeKey();
        addKey();
      };
      const lost = (await underLoad(environment, { 700: replaceKey })).filter(
        ({ problem }) => problem !== undefined,
      );
      expect(new Set(lost.map(({ app, problem }) => `${app} ${problem?.code}`))).toEqual(
        new Set(["reports box_key_refused"]),
      );
      storeSecret();
      environment.age(REFUSAL_MEMORY_MS);
      expect(failuresOf(await underLoad(environment, {}))).toEqual([]);
    }));
}
