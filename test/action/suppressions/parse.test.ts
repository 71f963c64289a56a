import { describe, expect, it } from "vitest";
import { parseSuppressions } from "../../../action/suppressions/suppressions.ts";

const HASH = `scrypt$ln=15,r=8,p=3$${"A".repeat(22)}$${"b".repeat(43)}`;
const KEY = { identity: "spki-sha256:00", reason: "known", expires: "2027-01-01" };
const SECRET = { ...KEY, identity: "box-secret:.env#A", secretHash: HASH };
const parsed = (entry: object, today = "2026-11-21") =>
  parseSuppressions(JSON.stringify({ ignore: [entry] }, null, 2), "file.json", today);

describe("a file of suppressions", () => {
  it.each([
    ["a key", KEY],
    ["a Box secret with the hash of its value", SECRET],
    ["a Box secret without, as older versions wrote it", { ...SECRET, secretHash: undefined }],
    ["a day that is past", { ...KEY, expires: "2020-02-29" }],
    ["the last day that is allowed", { ...KEY, expires: "2027-11-22" }],
  ])("can have an entry with %s", (_, entry) => {
    expect(parsed(entry)).toEqual({ ok: true, value: [JSON.parse(JSON.stringify(entry))] });
  });

  it("takes the same day of the next year on every day of a leap year", () => {
    for (const [today, expires] of [
      ["2027-03-01", "2028-03-01"],
      ["2028-02-29", "2029-02-28"],
      ["2028-01-01", "2029-01-01"],
    ] as const)
      expect(parsed({ ...KEY, expires }, today).ok).toBe(true);
  });

  it.each([
    [
      "a day more than a year away",
      { ...KEY, expires: "2027-11-23" },
      'has an "expires" more than a year away; write 2027-11-22 or a day before it.',
    ],
    ["a day that is none", { ...KEY, expires: "2027-02-30" }, 'has an "expires" that is no day'],
    [
      "a hash for a key",
      { ...KEY, secretHash: HASH },
      'has a "secretHash", which only an entry for a Box secret',
    ],
    [
      "a hash of another form",
      { ...SECRET, secretHash: "sha256$00" },
      'has a "secretHash" that this version does not write; run: box-config-lint baseline',
    ],
    ["no reason", { ...KEY, reason: " " }, 'lacks "reason"'],
    ["another property", { ...KEY, note: "a" }, "can have identity, reason, expires and"],
  ])("is refused for %s, with the line", (_, entry, sentence) => {
    expect(parsed(entry)).toEqual({
      ok: false,
      error: expect.stringContaining(`file.json cannot be used: the entry at line 3 ${sentence}`),
    });
  });
});
