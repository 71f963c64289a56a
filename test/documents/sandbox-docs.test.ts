import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const page = readFileSync(join(ROOT, "docs/sandbox.md"), "utf8");
/** Each example of the page, with its heading and the output that the page has below it. */
const examples = page.split(/^## /m).flatMap((section) => {
  const [heading = ""] = section.split("\n");
  return [...section.matchAll(/```js\n([\s\S]*?)```\n\n```text\n([\s\S]*?)```/g)].map(
    ([, code = "", output = ""]) => [heading, code, output] as const,
  );
});

test("docs/sandbox.md has an example for OAuth, App Tokens, webhooks and the API", () => {
  expect(examples).toHaveLength(4);
  // The others are those of the test runners (test/support/runner-examples.ts) and of one enterprise per worker.
  expect(page.match(/```js\n/g)).toHaveLength(4 + 3 + 3);
});

test.each(examples)(
  "the example of docs/sandbox.md, %s, prints what the page says",
  async (_heading, code, output) => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", code], {
      cwd: ROOT,
      env: { NO_COLOR: "1" },
    });
    expect(stdout).toBe(output);
  },
);
