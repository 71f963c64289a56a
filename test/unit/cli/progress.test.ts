import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { progressOn, whileWaiting } from "../../../cli/progress.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function screen(isErrTty: boolean) {
  const written: string[] = [];
  const progress = progressOn({
    out() {},
    err: (text) => written.push(text),
    isOutTty: false,
    isErrTty,
    env: {},
  });
  return { written, progress };
}

test("work that takes over a second is shown to a person, and removed at its end", () => {
  const { written, progress } = screen(true);
  progress.begin("Waiting for Box");
  vi.advanceTimersByTime(999);
  expect(written).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(written).toEqual(["Waiting for Box …"]);
  progress.end();
  expect(written.at(-1)).toBe("\r\u001B[K");
  progress.end();
  expect(written).toHaveLength(2);
});

test("each piece of work has its own second, and what ends sooner is not shown", () => {
  const { written, progress } = screen(true);
  for (const work of ["one", "two", "three"]) {
    progress.begin(work);
    vi.advanceTimersByTime(900);
  }
  progress.end();
  vi.advanceTimersByTime(5_000);
  expect(written).toEqual([]);
});

test("nothing is shown to a program", () => {
  const { written, progress } = screen(false);
  progress.begin("Waiting for Box");
  vi.advanceTimersByTime(5_000);
  progress.end();
  expect(written).toEqual([]);
});

test("what a command waits for is removed also where it fails", async () => {
  const { written, progress } = screen(true);
  progress.end();
  const terminal = {
    out() {},
    err: (text: string) => void written.push(text),
    isOutTty: false,
    isErrTty: true,
    env: {},
  };
  const { promise, reject } = Promise.withResolvers<never>();
  const waiting = expect(whileWaiting(terminal, "Requesting a token", promise)).rejects.toThrow("no");
  vi.advanceTimersByTime(1_000);
  expect(written).toEqual(["Requesting a token …"]);
  reject(new Error("no"));
  await waiting;
  expect(written.at(-1)).toBe("\r\u001B[K");
});
