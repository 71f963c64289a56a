import { execFile } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** TypeScript's module resolution modes, with the compiler options of each. */
export const RESOLUTIONS = [
  ["nodenext", []],
  ["bundler", ["--module", "preserve", "--moduleResolution", "bundler"]],
] as const;

/** Error codes in the project `folder`, keyed by the file's name, or by its path for files outside the folder. */
export async function diagnostics(
  folder: string,
  ...options: readonly string[]
): Promise<Map<string, string[]>> {
  const tsc = `${ROOT}/node_modules/typescript/bin/tsc`;
  const args = [tsc, "--project", folder, "--pretty", "false", ...options];
  const output = await new Promise<string>((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT }, (_, stdout) => resolve(stdout));
  });
  const found = new Map<string, string[]>();
  for (const [, file = "", code = ""] of output.matchAll(/^(\S+)\(\d+,\d+\): error (TS\d+)/gm)) {
    const name = `${ROOT}${file}` === `${folder}/${basename(file)}` ? basename(file) : file;
    found.set(name, [...(found.get(name) ?? []), code]);
  }
  return found;
}
