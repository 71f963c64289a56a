import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { issueSamples, problemSamples } from "./code-samples.ts";

/** `docs/codes.md` has one heading `### code` for each code of an issue and of a scan problem. */
const text = readFileSync(new URL("../../docs/codes.md", import.meta.url), "utf8");
const sections = new Map(
  text
    .split(/^### /m)
    .slice(1)
    .map((section) => {
      const [heading = "", ...lines] = section.split(/\n(?=## )/, 1)[0]?.split("\n") ?? [];
      return [heading, lines];
    }),
);
const samples = new Map([...issueSamples(), ...problemSamples()]);

it("every code has exactly one heading in docs/codes.md, and there are no other headings", () => {
  const headings = [...text.matchAll(/^### (.*)$/gm)].map(([, heading]) => heading);
  expect(headings.toSorted()).toEqual([...samples.keys()].toSorted());
});

it("no issue has the code of a scan problem", () => {
  expect([...problemSamples().keys()].filter((code) => issueSamples().has(code))).toEqual([]);
});

test.each([...samples.keys()])(
  "the code %s is a word of lower-case letters, digits and underscores",
  (code) => {
    expect(code).toMatch(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/);
  },
);

describe("the section of docs/codes.md about", () => {
  it.each([...samples])("%s quotes the texts that the code has, with placeholders", (code, texts) => {
    const quoted = (sections.get(code) ?? [])
      .filter((line) => line.startsWith("> "))
      .map((line) => line.slice(2).replace(/\\([\\*<>|])/g, "$1"));
    expect(quoted).toEqual(texts);
  });
});
