import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Kind of the program's package, `module`, `moduleResolution`. */
const KINDS = [
  ["commonjs", "node16", "node16"],
  ["commonjs", "nodenext", "nodenext"],
  ["module", "node16", "node16"],
  ["module", "nodenext", "nodenext"],
  ["module", "esnext", "bundler"],
  ["commonjs", "commonjs", "node10"],
] as const;

const PROGRAM = `
import { type BoxAuthOptions, BoxStsError, boxAuth } from "box-sts/client";
const options: BoxAuthOptions = { functionName: "f", alias: "reports", region: "us-east-1" };
export const header: () => Promise<string> = () => boxAuth(options).retrieveAuthorizationHeader();
export const codeOf = (error: unknown): string => (error instanceof BoxStsError ? error.code : "");
// @ts-expect-error A misspelt option proves that the compiler read the types, and that they are not any.
boxAuth({ ...options, scop: "item_download" });

import { type LocalBox, startBox } from "box-sts/sandbox";
export const enterpriseOf = async (): Promise<string> => {
  const box: LocalBox = await startBox({ apps: { nightly: { authentication: "client_credentials" } } });
  box.faults.inject("rate-limited:2", { times: 1, on: "token" });
  await box[Symbol.asyncDispose]();
  return box.config.enterpriseID + (box.apps.nightly?.settings.serviceAccountId ?? "");
};
// @ts-expect-error There is no such way to authenticate.
export const misspelt = () => startBox({ apps: { nightly: { authentication: "jtw" } } });
`;

let folder: string;
export const packageOf = (kind: string) => join(folder, kind);

/** Creates a package of each kind, with box-sts. */
export function preparePackages(): void {
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "box-sts-modules-"));
    for (const kind of ["commonjs", "module"]) {
      mkdirSync(join(packageOf(kind), "node_modules"), { recursive: true });
      symlinkSync(ROOT, join(packageOf(kind), "node_modules/box-sts"));
      writeFileSync(join(packageOf(kind), "package.json"), JSON.stringify({ private: true, type: kind }));
    }
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

const OPTIONS = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: "es2022",
  types: ["node"],
  typeRoots: [join(ROOT, "node_modules/@types")],
};

/**
 * Tests that the program compiles in each kind of package with the compiler `name`, installed in `modules`. All are
 * projects of one build, for which the compiler reads Node's types and ours once.
 */
export function compilesWith(name: string, modules: string, without: readonly string[] = []): void {
  const cells = KINDS.filter(([, , resolution]) => !without.includes(resolution)).map(
    (kind) => [name, ...kind] as const,
  );
  const projectOf = ([kind, module, moduleResolution]: readonly string[]) =>
    `${kind}/${module}-${moduleResolution}`;

  describe("a program that uses the client and the local Box", () => {
    let lines: readonly string[];
    beforeAll(async () => {
      const projects = cells.map(([, ...cell]) => {
        const [, module, moduleResolution] = cell;
        const project = projectOf(cell);
        const compilerOptions = { ...OPTIONS, module, moduleResolution };
        mkdirSync(join(folder, project));
        writeFileSync(join(folder, project, "tsconfig.json"), JSON.stringify({ compilerOptions }));
        writeFileSync(join(folder, project, "program.ts"), PROGRAM);
        return project;
      });
      const args = [join(modules, name, "bin/tsc"), "--build", "--pretty", "false", ...projects];
      lines = await new Promise((resolve) => {
        execFile(process.execPath, args, { cwd: folder }, (error, stdout) =>
          // What keeps the compiler from a verdict is one for every project.
          resolve(error !== null && stdout === "" ? [String(error)] : stdout.split("\n")),
        );
      });
    });

    test.each(cells)("compiles with %s in a %s package under module %s, resolution %s", (_, ...cell) => {
      const own = projectOf(cell);
      const all = cells.map(([, ...one]) => projectOf(one));
      const others = all.filter((project) => project !== own);
      const isOfAnother = (line: string) => others.some((project) => line.startsWith(`${project}/`));
      expect(lines.filter((line) => line !== "" && !isOfAnother(line))).toEqual([]);
    });
  });
}
