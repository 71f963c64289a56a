import { expect, test } from "vitest";
import { missingLines, parseTranscript } from "../support/transcript.ts";

const PRINTED = ["", "  Box   http://127.0.0.1:41533", "  done in 4.5 ms", "", "end"];

test("a transcript has a command over two lines, properties of a JSON line, elisions and output", () => {
  expect(parseTranscript('$ curl \\\n  -d a=1\n{"a":[…],"b":1,…}\n…\n  done')).toEqual([
    { kind: "command", text: "curl \\\n  -d a=1" },
    { kind: "json", properties: ["a", "b"] },
    { kind: "elision" },
    { kind: "output", text: "  done" },
  ]);
});

test("lines that differ from the printed ones in numbers alone are not missing", () => {
  expect(missingLines(["  Box   http://127.0.0.1:8702", "  done in 12 ms"], PRINTED)).toEqual([]);
});

test("a line with another word is missing", () => {
  expect(missingLines(["  Bax   http://127.0.0.1:8702"], PRINTED)).toHaveLength(1);
});

test("a line that is printed earlier than the transcript has it is missing", () => {
  expect(missingLines(["end", "  done in 1 ms"], PRINTED)).toEqual(["  done in 1 ms"]);
});
