import { readFileSync } from "node:fs";
import { join } from "node:path";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/sandbox.md"), "utf8");

/** The test file that docs/sandbox.md has for a test runner. */
export function runnerExample(runner: "vitest" | "node:test" | "Jest"): string {
  const [, section = ""] = PAGE.split(`\n### ${runner}\n`);
  const code = /^\n```js\n([\s\S]*?)^```$/m.exec(section)?.[1];
  if (code === undefined) throw new Error(`docs/sandbox.md has no example for ${runner}`);
  return code;
}
