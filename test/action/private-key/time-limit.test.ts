import { afterEach, expect, it, vi } from "vitest";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { scanSource } from "../../../action/scan/scan-source.ts";
import type { Source } from "../../../action/sources/source.ts";
import { KINDS } from "./kinds.ts";

afterEach(() => vi.restoreAllMocks());

const bytes = KINDS["pkcs8-rsa"]?.content ?? Buffer.alloc(0);
const source: Source = {
  path: "key.pem",
  commit: null,
  size: bytes.length,
  async *chunks() {
    yield bytes;
  },
};

it("a scan reads the process's monotonic clock, and reports a source that exceeds the time limit", async () => {
  let hours = 0;
  vi.spyOn(performance, "now").mockImplementation(() => hours++ * 3_600_000);
  expect((await scanSource(source, [privateKeyRule])).skippedKinds).toContain("time");
});

it("a scan whose clock does not advance reports no time limit and finds the key", async () => {
  vi.spyOn(performance, "now").mockReturnValue(1_000_000);
  const { findings, skippedKinds } = await scanSource(source, [privateKeyRule]);
  expect(skippedKinds).toEqual([]);
  expect(findings).toHaveLength(1);
});
