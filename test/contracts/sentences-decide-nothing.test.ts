import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const FOLDERS = ["schemas", "functions"];
/** Code that compares or searches the text of an issue's message. */
const READS_A_SENTENCE =
  /\b(?:message|fix|sentence|title|remedy)\b\??\.(?:startsWith|endsWith|includes|match|search|indexOf)\(|\.(?:exec|test)\((?:\w+\.)?(?:message|fix|sentence|title|remedy)\)/;

test.each(FOLDERS)("no file in %s makes a decision from the message of an issue or a problem", (folder) => {
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
])("the check recognises %s", (code) => expect(code).toMatch(READS_A_SENTENCE));
