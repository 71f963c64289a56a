import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { privateKeyRule } from "../../../action/rules/private-key/private-key.ts";
import { withMaterial } from "./material.ts";
import { cook } from "./steps.ts";

/** One harmless text: a file under `test/vectors/private-key/harmless/`. */
interface Harmless {
  readonly why: string;
  /** Joined by line feeds; `@{…}` as in `material.ts`. */
  readonly input: { readonly lines: readonly string[] };
  readonly expect: readonly [];
}

const FOLDER = join(import.meta.dirname, "../../vectors/private-key/harmless");
const texts = readdirSync(FOLDER).map((file) => ({
  name: file.replace(/\.json$/, ""),
  ...(JSON.parse(readFileSync(join(FOLDER, file), "utf8")) as Harmless),
}));

const findings = (bytes: Buffer) =>
  privateKeyRule.find({ path: "README.md", bytes, whole: true, start: { line: 1, column: 1 } });

/** Containers that harmless texts are put into as well. */
const CONTAINERS = [
  [],
  ["crlf"],
  ["json"],
  ["json", "json"],
  ["prefix:// "],
  ["base64"],
  ["utf-16le-bom"],
  ["url"],
];

describe.each(CONTAINERS.map((steps) => ({ container: steps.join(" in ") || "as it is", steps })))(
  "a harmless text, $container,",
  ({ steps }) => {
    it.each(texts)("is not reported: $name ($why)", ({ input }) => {
      const text = `${withMaterial(input.lines.join("\n"))}\n`;
      expect(findings(cook(Buffer.from(text), steps))).toEqual([]);
    });
  },
);
