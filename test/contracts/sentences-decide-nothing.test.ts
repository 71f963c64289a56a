import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = ["schemas", "functions"];
/** A comparison or a search in the sentences of an issue. */
const READS_A_SENTENCE =
  /\b(?:message|fix|sentence|title|remedy)\b\??\.(?:startsWith|endsWith|includes|match|search|indexOf)\(|\.(?:exec|test)\((?:\w+\.)?(?:message|fix|sentence|title|remedy)\)/;

test.each(FOLDERS)("no file in %s reads back the sentence of an issue or a problem", (folder) => {
  const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .filter((file) => READS_A_SENTENCE.test(readFileSync(join(ROOT, folder, file), "utf8")));
  expect(files).toEqual([]);
});

test.each([
  '!fix.startsWith("Remove")',
  "message.includes(x)",
  "/^Did you/.exec(fix)",
  "R.test(issue.message)",
])("%s reads a sentence back", (code) => expect(code).toMatch(READS_A_SENTENCE));
