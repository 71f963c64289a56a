import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const REPOSITORY = fileURLToPath(new URL("../../../", import.meta.url));

/** The policy that the README shows. */
export const README_POLICY =
  /```json\n(\{\n {2}"version"[\s\S]*?)```/.exec(readFileSync(`${REPOSITORY}README.md`, "utf8"))?.[1] ?? "";

/** The blocks of what `npm start` prints that a person pastes: first the variables, then each command. */
export const commandsIn = (text: string): readonly string[] =>
  text.split("\n\n").filter((block) => /^(?:export|curl|echo|node) /.test(block));

/** Runs a command as in a second terminal: in the repository, after the variables. @returns what it prints */
export const pasteAfter =
  (variables: string, home: string) =>
  async (command: string): Promise<string> => {
    const options = { cwd: REPOSITORY, env: { PATH: process.env.PATH ?? "", HOME: home } };
    return (await promisify(execFile)("sh", ["-c", `${variables}\n${command}`], options)).stdout;
  };
