import { expect, it } from "vitest";
import { isDay } from "../../../action/suppressions/days.ts";
import {
  byIdentity,
  isPathEntry,
  nameOf,
  parseSuppressions,
} from "../../../action/suppressions/suppressions.ts";
import { entry, KEY, pathEntry, TODAY } from "./samples.ts";

const parsed = (document: unknown) => parseSuppressions(JSON.stringify(document), "file.json", TODAY);

it("takes a file with a list of entries, and a schema beside it", () => {
  expect(parsed({ $schema: "a", ignore: [] })).toEqual({ ok: true, value: [] });
});

it.each([[null], [[]], ["ignore"], [{}], [{ ignore: {} }]])("refuses a file that is %j", (document) => {
  expect(parsed(document)).toMatchObject({
    ok: false,
    error: expect.stringMatching(/an object .*"ignore", an array/),
  });
});

it.each([[{ ignore: [], more: 1 }], [{ more: 1, ignore: [] }], [{ ignore: [], "": 1 }]])(
  "refuses %j for what is beside the list",
  (document) => {
    expect(parsed(document)).toMatchObject({
      ok: false,
      error: expect.stringMatching(/beside "ignore" and "\$schema"/),
    });
  },
);

it.each([[1], [null], ["a"], [[]]])("refuses the entry %j, which is no object", (one) => {
  expect(parsed({ ignore: [one] })).toMatchObject({
    ok: false,
    error: expect.stringMatching(/must be an object with identity/),
  });
});

it("refuses a text that is not JSON", () => {
  expect(parseSuppressions("{", "file.json", TODAY).ok).toBe(false);
});

it("names an entry by its fingerprint, or by its path and kinds", () => {
  expect(nameOf(entry())).toBe(KEY);
  expect(nameOf(pathEntry({ kinds: ["pkcs8", "age"] }))).toBe("the path testdata/** (pkcs8, age)");
  expect([entry(), pathEntry()].map(isPathEntry)).toEqual([false, true]);
  expect(byIdentity([entry(), pathEntry()])).toEqual([entry()]);
});

it.each([[20261121], [undefined], ["x2026-11-21"], ["2026-11-21x"], ["2026-11-21T00:00"], ["2026-02-30"]])(
  "takes %j for no day",
  (value) => {
    expect(isDay(value)).toBe(false);
  },
);
