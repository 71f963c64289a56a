import { beforeAll, expect, test } from "vitest";
import { type GeneratedApp, generateApp } from "../../../sandbox/apps/app.ts";
import { leakIn, piecesOf, secretsOf } from "../../support/leaks.ts";
import {
  type RequestResult,
  startTestEnvironment,
  type TestEnvironment,
} from "../../support/test-environment.ts";
import { type Cell, sentence } from "./cells.ts";
import { expectationOf } from "./expectation.ts";
import { type Observed, runCell } from "./run-cell.ts";

const USERS = 7;
/** Cells at once: most of a cell's time is back-off. */
const AT_ONCE = 16;

let app: GeneratedApp;
let rotated: GeneratedApp;
let pieces: ReadonlySet<string>;

interface Result extends Observed {
  /** Whether Box accepts every issued token. */
  readonly works: boolean;
  readonly leak: string | undefined;
  /** Requests whose audit line differs from their response. */
  readonly unaudited: number;
}

/** Gives the result of a cell by its index; the next ones run ahead of their tests. */
function runAhead(cells: readonly Cell[]): (index: number) => Promise<Result> {
  const begun: Promise<Result>[] = [];
  return (index) => {
    for (const cell of cells.slice(begun.length, index + AT_ONCE)) {
      const result = run(cell);
      result.catch(() => {});
      begun.push(result);
    }
    return begun[index] as Promise<Result>;
  };
}

async function run(cell: Cell): Promise<Result> {
  const environment = await startTestEnvironment({ reports: app }, USERS);
  try {
    const observed = await runCell(cell, environment, rotated);
    const results = [...observed.results.flat(), observed.afterwards];
    const works = results.every(
      ({ token }) => !token || environment.box.tokens.find(token.access_token) !== undefined,
    );
    return {
      ...observed,
      works,
      leak: leakOf(environment, results),
      unaudited: unaudited(environment, results),
    };
  } finally {
    await environment.close();
  }
}

/** A leaked piece of a secret with the text before it; a token may appear in the response that issues it. */
function leakOf({ box, lines }: TestEnvironment, results: readonly RequestResult[]): string | undefined {
  const tokens = piecesOf(...box.tokens.all.keys());
  const texts = results.map(({ token, text }) => text.replaceAll(token?.access_token ?? text, ""));
  for (const text of new Set([...lines, ...texts])) {
    const at = leakIn(text, pieces, tokens);
    if (at >= 0) return text.slice(Math.max(at - 80, 0), at + 4);
  }
  return undefined;
}

function unaudited({ lines }: TestEnvironment, results: readonly RequestResult[]): number {
  const audits = lines.map((line) => JSON.parse(line)).filter(({ kind }) => kind === "audit");
  const outcomes = new Map(audits.map(({ request_id, outcome, code }) => [request_id, code ?? outcome]));
  return results.filter(({ requestId, problem }) => outcomes.get(requestId) !== (problem?.code ?? "issued"))
    .length;
}

/** One test for each cell: for every fault, the response is a token or a problem whose `retryable` is right. */
export function testCells(cells: readonly Cell[]): void {
  beforeAll(async () => {
    [app, rotated] = await Promise.all([generateApp(), generateApp()]);
    pieces = piecesOf(...secretsOf(app), ...secretsOf(rotated));
  });
  const resultOf = runAhead(cells);

  test.each(cells.map((cell, index) => [sentence(cell), cell, index] as const))(
    "%s",
    async (_, cell, index) => {
      const result = await resultOf(index);
      const expected = expectationOf(cell);
      const { results, afterwards, grants, exchanges, reads } = result;
      const all = results.flat();

      const problems = all.flatMap(({ problem }) => problem ?? []);
      for (const { code, retryable } of problems) expect(retryable, code).toBe(expected.retryable);
      const lost = results.filter(([first]) => first?.token === undefined).length;
      const codes = [...new Set(problems.map(({ code }) => code))].join();
      expect(lost, codes).toBeGreaterThanOrEqual(expected.lost[0]);
      expect(lost, codes).toBeLessThanOrEqual(expected.lost[1]);
      for (const equal of results)
        expect(new Set(equal.map(({ token }) => token?.access_token)).size).toBe(1);
      expect(afterwards.token, afterwards.problem?.code).toBeDefined();
      expect(result.works).toBe(true);

      expect(result.hits > 0).toBe(cell.noticed || cell.place === "box");
      expect(grants, "grants").toBeLessThanOrEqual(expected.grants);
      expect(exchanges, "exchanges").toBeLessThanOrEqual(expected.exchanges);
      expect(reads, "reads").toBeLessThanOrEqual(expected.reads);

      // A response proves that no call waits for a silent upstream; no pause exceeds the request's time.
      expect(result.longestPause).toBeLessThanOrEqual(result.timeLeft);
      expect(result.unaudited).toBe(0);
      expect(result.leak).toBeUndefined();
    },
  );
}
