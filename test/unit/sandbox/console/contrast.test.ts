import { describe, expect, test } from "vitest";
import { CONSOLE_FILES } from "../../../../sandbox/console/generated/assets.ts";

const css = CONSOLE_FILES["console.css"];
/** `--name: light-dark(#light, #dark)`. */
const COLOURS = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map(
    ([, name = "", ...pair]) => [name, pair],
  ),
);
const SCHEMES = ["light", "dark"] as const;

/** Relative luminance, WCAG 2.2. */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const channel = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, scheme: number): number {
  const [a = 0, b = 0] = [one, other].map((name) => luminance(COLOURS.get(name)?.[scheme] ?? ""));
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

/** Success criterion 1.4.3 for text, 1.4.11 for the edges of controls and the outline of what has the focus. */
const PAIRS: readonly (readonly [front: string, back: string, least: number])[] = [
  ...["text", "quiet", "accent", "good", "warn", "bad"].map((front) => [front, "surface", 4.5] as const),
  ...["text", "quiet", "accent"].map((front) => [front, "canvas", 4.5] as const),
  ["warn", "tint", 4.5],
  ["on-accent", "accent", 4.5],
  ["edge", "surface", 3],
  ["accent", "surface", 3],
  ["accent", "canvas", 3],
];

describe.each(SCHEMES.map((scheme, at) => [scheme, at] as const))("in the %s scheme", (_, scheme) => {
  test.each(PAIRS)("%s on %s has a contrast of at least %f", (front, back, least) => {
    expect(contrast(front, back, scheme)).toBeGreaterThanOrEqual(least);
  });
});

test("every colour of the style is one of those that are measured", () => {
  const rules = css.slice(css.indexOf("*,"));
  expect(rules.match(/#[0-9a-f]{3,8}\b/gi) ?? []).toEqual([]);
  const used = new Set(
    [...rules.matchAll(/(?<!border(?:-[a-z]+)?|outline): [^;]*?var\(--([\w-]+)\)/g)].map(([, name]) => name),
  );
  const measured = new Set<string | number>([...PAIRS.flat(), "mono"]);
  expect([...used].filter((name) => !measured.has(name ?? ""))).toEqual([]);
});

test("nothing moves for a person who prefers reduced motion, and no file names another address", () => {
  const [beforeMotion = "", motion = ""] = css.split("@media (prefers-reduced-motion: no-preference)");
  expect(motion).toContain("transition");
  expect(beforeMotion).not.toMatch(/transition|animation|(?<!over)scroll-behavior/);
  const addresses = Object.values(CONSOLE_FILES).flatMap(
    (text) => text.match(/\bhttps?:\/\/[^"'\s]+|url\(|@import/g) ?? [],
  );
  expect(addresses).toEqual(["http://www.w3.org/2000/svg"]);
});
