import { beforeAll, describe, expect, test } from "vitest";
import { type GeneratedApp, generateApp } from "../../../sandbox/app.ts";
import type { Fault } from "../../../sandbox/faults.ts";
import { leakIn, piecesOf, secretsOf } from "../../support/leaks.ts";
import { startWorld, type Told, type World } from "../../support/world.ts";
import { type Cell, cells, faults, sentence } from "./cells.ts";
import { expectationOf } from "./expectation.ts";
import { type Observed, runCell } from "./run-cell.ts";

const USERS = 7;
/** Cells at once: most of a cell's time is back-off. */
const AT_ONCE = 16;
/** What a busy machine adds to the time of a request. */
const MACHINE_MS = 400;

let app: GeneratedApp;
let rotated: GeneratedApp;
let pieces: ReadonlySet<string>;

beforeAll(async () => {
  [app, rotated] = await Promise.all([generateApp(), generateApp()]);
  pieces = piecesOf(...secretsOf(app), ...secretsOf(rotated));
});

/** Asks while one call of the upstream is never answered. */
async function askWithOneHung(place: "box" | "secrets-manager") {
  const world = await startWorld({ reports: app });
  const faults = place === "box" ? world.box.faults : world.secretsManager.faults;
  faults.inject("slow", { until: new Promise(() => {}), times: 1 });
  const { token, ms } = await world.ask("url", {}, 15_000);
  const calls = world.box.requests.count("token") + world.secretsManager.requests.count("GetSecretValue");
  await world.close();
  return { issued: token !== undefined, ms, calls };
}

/** They take seconds, so they run while the cells do. */
const hangs = new Map<string, ReturnType<typeof askWithOneHung>>();
beforeAll(() => {
  hangs.set("box", askWithOneHung("box"));
  hangs.set("secrets-manager", askWithOneHung("secrets-manager"));
});

interface Result extends Observed {
  /** Whether Box takes every token that was issued. */
  readonly works: boolean;
  readonly leak: string | undefined;
  /** Requests whose audit line does not say what they were told. */
  readonly unaudited: number;
}

const all = cells();
const begun: Promise<Result>[] = [];

/** The result of a cell; the next ones run ahead of their tests. */
function resultOf(index: number): Promise<Result> {
  for (const cell of all.slice(begun.length, index + AT_ONCE)) {
    const result = run(cell);
    result.catch(() => {});
    begun.push(result);
  }
  return begun[index] as Promise<Result>;
}

async function run(cell: Cell): Promise<Result> {
  const world = await startWorld({ reports: app }, USERS);
  try {
    const observed = await runCell(cell, world, rotated);
    const told = [...observed.answers.flat(), observed.afterwards];
    const works = told.every(
      ({ token }) => !token || world.box.tokens.find(token.access_token) !== undefined,
    );
    return { ...observed, works, leak: leakOf(world, told), unaudited: unaudited(world, told) };
  } finally {
    await world.close();
  }
}

/** What was said that nobody may see, with the words before it; a token may be in the answer that issues it. */
function leakOf({ box, lines }: World, told: readonly Told[]): string | undefined {
  const tokens = piecesOf(...box.tokens.all.keys());
  const answers = told.map(({ token, text }) => text.replaceAll(token?.access_token ?? text, ""));
  for (const text of new Set([...lines, ...answers])) {
    const at = leakIn(text, pieces, tokens);
    if (at >= 0) return text.slice(Math.max(at - 80, 0), at + 4);
  }
  return undefined;
}

function unaudited({ lines }: World, told: readonly Told[]): number {
  const audits = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "audit");
  const outcomes = new Map(audits.map(({ request_id, outcome, code }) => [request_id, code ?? outcome]));
  return told.filter(({ requestId, problem }) => outcomes.get(requestId) !== (problem?.code ?? "issued"))
    .length;
}

describe("whatever strikes, the answer is a token or says rightly whether to try again", () => {
  test.each(all.map((cell, index) => [sentence(cell), cell, index] as const))(
    "%s",
    async (_, cell, index) => {
      const result = await resultOf(index);
      const expected = expectationOf(cell);
      const { answers, afterwards, grants, exchanges, reads } = result;
      const told = answers.flat();

      const problems = told.flatMap(({ problem }) => problem ?? []);
      for (const { code, retryable } of problems) expect(retryable, code).toBe(expected.retryable);
      const lost = answers.filter(([first]) => first?.token === undefined).length;
      const codes = [...new Set(problems.map(({ code }) => code))].join();
      expect(lost, codes).toBeGreaterThanOrEqual(expected.lost[0]);
      expect(lost, codes).toBeLessThanOrEqual(expected.lost[1]);
      for (const equal of answers)
        expect(new Set(equal.map(({ token }) => token?.access_token)).size).toBe(1);
      expect(afterwards.token, afterwards.problem?.code).toBeDefined();
      expect(result.works).toBe(true);

      expect(result.hits > 0).toBe(cell.noticed || cell.place === "box");
      expect(grants, "grants").toBeLessThanOrEqual(expected.grants);
      expect(exchanges, "exchanges").toBeLessThanOrEqual(expected.exchanges);
      expect(reads, "reads").toBeLessThanOrEqual(expected.reads);

      expect(Math.max(...told.map(({ ms }) => ms))).toBeLessThan(result.timeLeft + MACHINE_MS);
      expect(result.unaudited).toBe(0);
      expect(result.leak).toBeUndefined();
    },
  );
});

describe("a call that is never answered costs its share of the time and not the request", () => {
  test.each([
    ["box", 8_000],
    ["secrets-manager", 3_000],
  ] as const)("of %s, which is %i ms", async (place, share) => {
    const hang = await hangs.get(place);
    expect(hang?.issued).toBe(true);
    expect(hang?.ms).toBeGreaterThanOrEqual(share - 1);
    expect(hang?.ms).toBeLessThan(share + 2_000);
    // Secret and grant, and the one call once more.
    expect(hang?.calls).toBe(3);
  });
});

describe("who gets a token from the cache notices nothing of", () => {
  test.each(faults().map(({ place, fault }) => [place, fault] as const))("%s/%s", async (place, fault) => {
    const world = await startWorld({ reports: app });
    const questions = [{}, { scope: "item_download" }];
    for (const members of questions) await world.ask("url", members);
    const upstream = place === "box" ? world.box : world.secretsManager;
    const inject = upstream.faults.inject as (name: string, settings: object) => Fault;
    const injected = inject(fault, { until: new Promise(() => {}) });
    const many = Array.from({ length: 50 }, (_, index) =>
      world.ask(index % 2 === 0 ? "url" : "invoke", questions[index % 3 === 0 ? 1 : 0] ?? {}, 300),
    );
    for (const { token } of await Promise.all(many)) expect(token).toBeDefined();
    expect(injected.hits).toBe(0);
    await world.close();
  });
});
