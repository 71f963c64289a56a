import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { DECODERS, KEY_FORMATS } from "../../../action/rules/private-key/readers.ts";
import { ANCHORS } from "../../../action/rules/private-key/search/anchors.ts";
import { KINDS } from "./kinds.ts";
import { cook } from "./steps.ts";

const FOLDER = join(import.meta.dirname, "../../../action/rules/private-key");
const readers = [...KEY_FORMATS, ...DECODERS];
const importsOf = (folder: string) =>
  readdirSync(join(FOLDER, folder))
    .filter((file) => file.endsWith(".ts"))
    .flatMap((file) =>
      [...readFileSync(join(FOLDER, folder, file), "utf8").matchAll(/ from "(\.[^"]+)"/g)].map(
        ([, path = ""]) => join(folder, path),
      ),
    );

describe("the lists of formats and decoders", () => {
  it("have a reader for every kind of place, and no reader for another", () => {
    const kinds = [...ANCHORS.map(({ handler }) => handler), "run", "numbers"];
    expect(new Set(readers.flatMap(({ at }) => at))).toEqual(new Set(kinds));
  });

  it("name each reader once", () => {
    const names = readers.map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });
});

describe("the path of the bytes", () => {
  it("leads from decoders to formats and never back", () => {
    expect(importsOf("decode").filter((path) => path.startsWith("formats/"))).toEqual([]);
    expect(importsOf("search").filter((path) => /^(?:formats|decode)\//.test(path))).toEqual([]);
  });

  it("returns to the detector in the detector alone", () => {
    const back = ["search", "decode", "formats"].flatMap(importsOf).filter((path) => path === "detect.ts");
    expect(back).toEqual([]);
  });
});

describe("the limit of keys", () => {
  it.each([["utf-16-in-binary"], ["base64"], ["decimal"]])("counts a key once inside of %s", (container) => {
    const [content, budget] = [KINDS["pkcs8-rsa"]?.content ?? Buffer.alloc(0), budgetFor(9000)];
    const steps = container === "utf-16-in-binary" ? UTF16_IN_BINARY : [container];
    const { keys } = budget;
    expect(detectKeys(cook(content, steps), undefined, budget)).toHaveLength(1);
    expect(budget.keys).toBe(keys - 1);
  });
});

const UTF16_IN_BINARY: readonly string[] = JSON.parse(
  readFileSync(
    join(import.meta.dirname, "../../vectors/private-key/containers/utf-16-in-binary.json"),
    "utf8",
  ),
).input.steps;

/** A number that limits or measures something, at the top level of a file; bytes and codes are written in hexadecimal. */
const THRESHOLD = /^(?:export )?const [A-Z][A-Z0-9_]* = \[?[\d._]+(?:,| \*|\]|;).*$/;

it.each(["keys", "action/rules/private-key", "action/rules/box-secret"])(
  "every threshold in %s has its reason on the line before it",
  (folder) => {
    const root = join(import.meta.dirname, "../../..", folder);
    const bare = readdirSync(root, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => {
        const lines = readFileSync(join(root, file), "utf8").split("\n");
        return lines.flatMap((line, at) =>
          THRESHOLD.test(line) && !lines[at - 1]?.trim().endsWith("*/") ? [`${file}: ${line}`] : [],
        );
      });
    expect(bare).toEqual([]);
  },
);
