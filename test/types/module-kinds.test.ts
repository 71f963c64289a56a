import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

/** The client in other people's programs: each kind of module that TypeScript and Node know, from 5.4 to the newest. */
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const COMPILERS = ["typescript-5.4", "typescript"];

/** Kind of the program's package, `module`, `moduleResolution`. */
const KINDS = [
  ["commonjs", "node16", "node16"],
  ["commonjs", "nodenext", "nodenext"],
  ["module", "node16", "node16"],
  ["module", "nodenext", "nodenext"],
  ["module", "esnext", "bundler"],
  ["commonjs", "commonjs", "node10"],
] as const;

/** The newest compiler knows no classic resolution any more. */
const CELLS = COMPILERS.flatMap((compiler) =>
  KINDS.filter(([, , resolution]) => compiler !== "typescript" || resolution !== "node10").map(
    (kind) => [compiler, ...kind] as const,
  ),
);

const PROGRAM = `
import { type BoxAuthOptions, BoxStsError, boxAuth } from "box-sts/client";
const options: BoxAuthOptions = { functionName: "f", alias: "reports", region: "us-east-1" };
export const header: () => Promise<string> = () => boxAuth(options).retrieveAuthorizationHeader();
export const codeOf = (error: unknown): string => (error instanceof BoxStsError ? error.code : "");
// @ts-expect-error A misspelt option: the types were read, and are not any.
boxAuth({ ...options, scop: "item_download" });
`;

let folder: string;
const packageOf = (kind: string) => join(folder, kind);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "box-sts-modules-"));
  for (const kind of ["commonjs", "module"]) {
    mkdirSync(join(packageOf(kind), "node_modules"), { recursive: true });
    symlinkSync(ROOT, join(packageOf(kind), "node_modules/box-sts"));
    writeFileSync(join(packageOf(kind), "package.json"), JSON.stringify({ private: true, type: kind }));
    writeFileSync(join(packageOf(kind), "program.ts"), PROGRAM);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a program that uses the client", () => {
  test.concurrent.each(CELLS)(
    "compiles with %s in a %s package under module %s, resolution %s",
    async (...cell) => {
      const [compiler, kind, module, resolution] = cell;
      const options = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--pretty", "false"];
      const types = ["--types", "node", "--typeRoots", join(ROOT, "node_modules/@types")];
      const modules = ["--module", module, "--moduleResolution", resolution];
      const tsc = join(ROOT, "node_modules", compiler, "bin/tsc");
      const output = await new Promise<string>((resolve) => {
        const args = [tsc, ...options, ...types, ...modules, "program.ts"];
        execFile(process.execPath, args, { cwd: packageOf(kind) }, (_, stdout) => resolve(stdout));
      });
      expect(output).toBe("");
    },
  );

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
