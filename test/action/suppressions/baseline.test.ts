import { expect, it } from "vitest";
import {
  BASELINE_DAYS,
  BASELINE_REASON,
  type BaselineFinding,
  writeBaseline,
} from "../../../action/suppressions/baseline.ts";
import type { FindingSuppression } from "../../../action/suppressions/suppressions.ts";
import { entry, hashOf, KEY, pathEntry, SECRET, secretHash, TODAY, YESTERDAY } from "./samples.ts";

const NEW = { reason: "new", expires: "2027-02-19" };
const NEW_SALT = "N".repeat(22);
type Options = Partial<Parameters<typeof writeBaseline>[2]>;

const write = (
  findings: readonly BaselineFinding[],
  existing: readonly FindingSuppression[],
  options: Options = {},
) =>
  writeBaseline(findings, existing, {
    ...NEW,
    today: TODAY,
    isFullHistory: true,
    newSalt: () => NEW_SALT,
    ...options,
  });
const entriesOf = (...args: Parameters<typeof write>) => JSON.parse(write(...args).text).ignore;
const secret = (letter?: string): BaselineFinding => ({
  identity: SECRET,
  ...(letter !== undefined && { secretHash: hashOf(letter) }),
});
const known = (letters?: string, changes: Partial<FindingSuppression> = {}) =>
  entry({ identity: SECRET, ...(letters !== undefined && { secretHash: secretHash(letters) }), ...changes });
const bound = (letters: string) => ({ identity: SECRET, ...NEW, secretHash: secretHash(letters, NEW_SALT) });

it("has a reason that names the file and what to do, and 90 days", () => {
  expect(BASELINE_REASON).toBe(
    "Found in the history when .box-config-lint.json was written; reset or remove it at Box.",
  );
  expect(BASELINE_DAYS).toBe(90);
});

it("writes an empty list for no findings", () => {
  expect(write([], [])).toEqual({ text: '{ "ignore": [] }\n', entries: 0, added: 0 });
});

it("writes one entry a line in the order of fingerprints, each once, behind the entries for paths", () => {
  const findings = [
    { identity: "spki-sha256:2" },
    { identity: "spki-sha256:1" },
    { identity: "spki-sha256:2" },
  ];
  expect(write(findings, [], { paths: [pathEntry()] }).text).toBe(
    [
      "{",
      '  "ignore": [',
      '    {"path":"testdata/**","kinds":["pkcs8"],"reason":"published","expires":"2026-11-21"},',
      '    {"identity":"spki-sha256:1","reason":"new","expires":"2027-02-19"},',
      '    {"identity":"spki-sha256:2","reason":"new","expires":"2027-02-19"}',
      "  ]",
      "}",
      "",
    ].join("\n"),
  );
});

it("keeps the last entry that still counts for a finding, and replaces one whose day has passed", () => {
  const entries = [entry({ reason: "first" }), entry({ reason: "second" })];
  expect(entriesOf([{ identity: KEY }], entries)).toEqual([entry({ reason: "second" })]);
  expect(entriesOf([{ identity: KEY }], [entry({ expires: YESTERDAY })])).toEqual([
    { identity: KEY, ...NEW },
  ]);
});

it("removes an entry without a finding where the full history was scanned, and keeps it otherwise", () => {
  expect(entriesOf([], [entry()])).toEqual([]);
  expect(entriesOf([], [entry()], { isFullHistory: false })).toEqual([entry()]);
  expect(entriesOf([], [entry({ expires: YESTERDAY })], { isFullHistory: false })).toEqual([]);
});

it("binds new values of a Box secret by one entry with a new salt, in the order of their hashes", () => {
  expect(entriesOf([secret("b"), secret("a"), secret("b")], [])).toEqual([bound("ab")]);
});

it("keeps the entry whose hash a value has, and adds one for the values that no entry has", () => {
  expect(entriesOf([secret("a")], [known("a")])).toEqual([known("a")]);
  expect(entriesOf([secret("a"), secret("b")], [known("a")])).toEqual([known("a"), bound("b")]);
  expect(entriesOf([secret("b")], [known("ab")])).toEqual([known("ab")]);
});

it("removes an entry of a Box secret whose values are gone only where the full history was scanned", () => {
  expect(entriesOf([secret("b")], [known("a")])).toEqual([bound("b")]);
  expect(entriesOf([secret("b")], [known("a")], { isFullHistory: false })).toEqual([known("a"), bound("b")]);
  expect(entriesOf([], [known("a")], { isFullHistory: false })).toEqual([known("a")]);
  expect(entriesOf([], [known()], { isFullHistory: false })).toEqual([known()]);
  expect(entriesOf([], [known("a")])).toEqual([]);
});

it("gives the reason and the day of an entry without a hash to the new entry that replaces it", () => {
  const old = known(undefined, { reason: "old", expires: "2026-12-01" });
  expect(entriesOf([secret("a")], [known("b", { reason: "other" }), old])).toEqual([
    { ...bound("a"), reason: "old", expires: "2026-12-01" },
  ]);
});

it("writes no entry for a Box secret without a hash or without a salt", () => {
  expect(entriesOf([secret()], [])).toEqual([]);
  expect(entriesOf([secret("a")], [], { newSalt: () => undefined })).toEqual([]);
});

it("counts all entries of the file, and those that were not there before", () => {
  const findings = [{ identity: KEY }, { identity: "spki-sha256:1" }, secret("a"), secret("b")];
  const existing = [entry(), known("a"), entry({ identity: "spki-sha256:2" })];
  const counts = { entries: 6, added: 2 };
  expect(write(findings, existing, { isFullHistory: false, paths: [pathEntry()] })).toMatchObject(counts);
  expect(write(findings, existing)).toMatchObject({ entries: 4, added: 2 });
  expect(write([], existing, { isFullHistory: false })).toMatchObject({ entries: 3, added: 0 });
});
