import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compilesWith, packageOf, preparePackages } from "./module-kinds.ts";

/**
 * The client in callers' programs: each module kind that the newest TypeScript and Node support. TypeScript 5.4
 * has the same tests in `test/compatibility`. The newest version no longer has classic resolution.
 */
preparePackages();
compilesWith("typescript", join(import.meta.dirname, "../../node_modules"), ["node10"]);

describe("a program that uses the client", () => {
  test.each([
    ["commonjs", 'const { boxAuth } = require("box-sts/client");'],
    ["module", 'import { boxAuth } from "box-sts/client";'],
  ])("loads it in a %s package, in a Node that cannot require an ES module", (kind, begin) => {
    const program = `${begin} try { boxAuth({}); } catch ({ code }) { process.stdout.write(code); }`;
    const args = ["--no-experimental-require-module", `--input-type=${kind}`, "-e", program];
    const loaded = execFileSync(process.execPath, args, { cwd: packageOf(kind), encoding: "utf8" });
    expect(loaded).toBe("invalid_options");
  });
});
