import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { withoutEscapes } from "../../../action/rules/private-key/decode/escapes.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import type { SkippedKind } from "../../../action/scan/skipped.ts";
import { areAllSampled, everyNth } from "../../support/samples.ts";
import { body, GROWING, label, pem } from "./growing.ts";
import { growth, MAX_GROWTH, MAX_SHARE, repeated, shareOfWork } from "./growth.ts";
import { KINDS } from "./kinds.ts";
import { mutated } from "./mutations.ts";
import { cook } from "./steps.ts";

/** Above every fixed reach, for its growth to show; `test/exhaustive` has all of them, and larger. */
const SIZE = 160 * 1024;
/** The slowest: what they repeat is in a cheaper one too, or `hostile.test.ts` holds its time to the same bound. */
const SLOW = [
  "heads of keys without their label",
  "heads of keys in one line",
  "properties of a JWK",
  "heads of keys",
  "heads of keys with backslashes",
  "escaped BEGIN lines",
  "different keys",
  "keys of WireGuard",
  "values with the name of a key of WireGuard",
  "runs that begin as zlib does",
  "BEGIN lines without a break",
];
/** Of the thousands of `test/exhaustive`. */
const CHANGED_KEYS = 20;

const QUICK = GROWING.filter(([name]) => !SLOW.includes(name));

describe("twice the input takes twice the work", () => {
  it.each(everyNth(QUICK, 2))("of %s", (_, unit, lead) => {
    expect(growth((size) => repeated(unit, size, lead), SIZE)).toBeLessThan(MAX_GROWTH);
  });

  it("of keys that were changed in any way", () => {
    for (let seed = 0; seed < CHANGED_KEYS; seed++)
      expect(shareOfWork(mutated(seed)), `seed ${seed}`).toBeLessThan(MAX_SHARE);
  });
});

it("unescaping removes escapes in any mixture and any number of layers, and leaves other text unchanged", () => {
  expect(
    withoutEscapes("\\\\\\\\u002d \\U0000002d \\u{2d} \\x2D \\055 %2D %25252d &amp;amp;#45; &#x2d;"),
  ).toBe("- - - - - - - - -");
  expect(withoutEscapes('a\\r\\nb\\nc\\td\\"e\\/f')).toBe('a\nb\nc\td"e/f');
  expect(withoutEscapes("\\q %zz &nothing; \\u20ac")).toBe("\\q %zz &nothing; \\u20ac");
  expect(withoutEscapes("a\\ufeffb\\u2010c")).toBe("a b c");
});

describe("nothing in front of a key that is written plainly can hide it", () => {
  /** Heads of keys, each with a reach that the lines behind them fill: so much of both takes so much squared of the budget. */
  const junkOf = (part: number) =>
    Buffer.from(`${label}\n${body.slice(0, 40)}\n`.repeat(200 * part) + `${body}\n`.repeat(500 * part));
  const PART = areAllSampled ? 1 : 1 / 5;
  const junk = junkOf(PART);
  /** A little less than the junk takes. */
  const smallBudget = (size: number) => ({ ...budgetFor(size), bytes: budgetFor(size).bytes * PART ** 2 });
  const plain = Object.entries(KINDS).filter(([name]) => !/^(?:jwk|xml|age)/.test(name));
  const named = plain.map(([name, { content }]) => [name, content] as const);

  it("where it has used up the budget for what is wrapped", () => {
    for (const [bytes, budget] of [
      [junkOf(1), budgetFor(junkOf(1).length)],
      [junk, smallBudget(junk.length)],
    ] as const) {
      detectKeys(bytes, undefined, budget);
      expect(budget.bytes).toBeLessThan(0);
    }
  });
  const identities = (hits: ReturnType<typeof detectKeys>) => hits.map(({ key }) => key.identity);

  it.each([...named, ["json", Buffer.from(JSON.stringify({ privateKey: pem }))] as const])(
    "%s",
    (_, content) => {
      const expected = identities(detectKeys(content));
      expect(expected).toHaveLength(1);
      expect(identities(detectKeys(content, undefined, { ...budgetFor(0), bytes: 0 }))).toEqual(expected);
      const behindJunk = Buffer.concat([junk, content]);
      const budget = smallBudget(behindJunk.length);
      expect(identities(detectKeys(behindJunk, undefined, budget))).toEqual(expect.arrayContaining(expected));
      expect(budget.bytes).toBeLessThan(0);
    },
  );
});

describe("the cost of one file is bounded, and the excess is reported", () => {
  const skippedIn = (bytes: Buffer, now?: () => number) => {
    const skippedKinds: SkippedKind[] = [];
    const found = detectKeys(bytes, (kind) => skippedKinds.push(kind), budgetFor(bytes.length, now));
    return { found: found.length, skippedKinds };
  };

  it("in keys: those above the limit are not read", () => {
    const der = Buffer.from("302e020100300506032b657004220420", "hex");
    const many = Buffer.concat(Array.from({ length: 2200 }, () => Buffer.concat([der, randomBytes(32)])));
    const { found, skippedKinds } = skippedIn(many);
    expect(found).toBeLessThanOrEqual(2000);
    expect(found).toBeGreaterThan(500);
    expect(skippedKinds).toEqual(["keys"]);
  });

  it("in time, by the clock that it is given", () => {
    let reads = 0;
    const { found, skippedKinds } = skippedIn(cook(Buffer.from(pem.repeat(9)), []), () =>
      reads++ === 0 ? 0 : 1e9,
    );
    expect(found).toBe(0);
    expect(skippedKinds).toEqual(["time"]);
  });
});
