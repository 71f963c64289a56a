import { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { jsonLines, logWarning } from "../../../../functions/log/lines.ts";
import { anyText } from "../../../support/any-text.ts";
import { turn } from "../../../support/virtual-clock.ts";

function sink(fail?: (chunk: string) => Error | null) {
  const chunks: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      const failure = fail?.(String(chunk)) ?? null;
      if (failure === null) chunks.push(String(chunk));
      done(failure);
    },
  });
  return { stream, chunks };
}

describe("a JSON line", () => {
  it("is written in one piece, and the promise waits until it is", async () => {
    const chunks: string[] = [];
    let done = () => {};
    const stream = new Writable({
      write(chunk: Buffer, _encoding, callback) {
        chunks.push(String(chunk));
        done = callback;
      },
    });
    let written = false;
    const line = jsonLines(stream)({ kind: "audit" }).then(() => {
      written = true;
    });
    await turn();
    expect(chunks).toEqual(['{"kind":"audit"}\n']);
    expect(written).toBe(false);
    done();
    await line;
    expect(written).toBe(true);
  });

  it("cannot be forged: whatever values the properties have, it is one line and parses to the same values", async () => {
    const { stream, chunks } = sink();
    const write = jsonLines(stream);
    const text = fc.oneof(anyText, fc.constantFrom("\n", "\r\n", `x"}\n{"kind":"audit"}`));
    await fc.assert(
      fc.asyncProperty(fc.dictionary(text, text), async (fields) => {
        chunks.length = 0;
        await write(fields);
        const all = chunks.join("");
        expect(all.split(/\r?\n|\r/)).toHaveLength(2);
        expect(all.endsWith("\n")).toBe(true);
        expect(JSON.parse(all)).toEqual({ ...fields });
      }),
      { numRuns: 500 },
    );
  });

  it("that cannot be written rejects, and the process continues", async () => {
    const { stream } = sink(() => new Error("EPIPE"));
    await expect(jsonLines(stream)({ kind: "audit" })).rejects.toThrow("EPIPE");
  });

  it("is written in one piece with those of concurrent requests, and fails with them", async () => {
    const { stream, chunks } = sink((chunk) => (chunk.includes("full") ? new Error("ENOSPC") : null));
    const write = jsonLines(stream);
    await Promise.all([write({ at: 1 }), write({ at: 2 }), write({ at: 3 })]);
    expect(chunks).toEqual(['{"at":1}\n{"at":2}\n{"at":3}\n']);
    const outcomes = await Promise.allSettled([write({ at: 4 }), write({ disk: "full" })]);
    expect(outcomes.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  });

  it("rejects on a stream that is closed", async () => {
    const { stream } = sink();
    const write = jsonLines(stream);
    stream.destroy();
    await expect(write({ kind: "audit" })).rejects.toThrow();
    await expect(write({ kind: "audit" })).rejects.toThrow();
  });

  it("that is not valid JSON rejects", async () => {
    const { stream, chunks } = sink();
    await expect(jsonLines(stream)({ big: 1n })).rejects.toThrow(TypeError);
    expect(chunks).toEqual([]);
  });
});

describe("a warning", () => {
  it("states the problem and its details", async () => {
    const { stream, chunks } = sink();
    logWarning(jsonLines(stream), "the app's secret should be repaired", { app: "reports" });
    await turn();
    expect(JSON.parse(chunks.join(""))).toEqual({
      kind: "log",
      level: "WARN",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      message: "the app's secret should be repaired",
      app: "reports",
    });
  });

  it("that cannot be written has no effect", async () => {
    let calls = 0;
    logWarning(async () => {
      calls++;
      throw new Error("EPIPE");
    }, "x");
    await turn();
    // An unhandled rejection would fail this run.
    expect(calls).toBe(1);
  });
});
