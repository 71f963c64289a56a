import { execFile, spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const run = promisify(execFile);

/** `npm start` in a clone that nothing was built in before. */
export interface Started {
  readonly clone: string;
  /** Runs a line as in a second terminal: in the clone, after the variables that the start wrote. */
  paste(code: string): Promise<{ readonly stdout: string; readonly stderr: string }>;
  /** The lines that the start has printed so far, once one of them matches. */
  printed(pattern: RegExp): Promise<readonly string[]>;
  end(): Promise<void>;
}

/**
 * Copies the repository's files without `dist`, runs the build steps of `npm start` there and nothing else, and
 * starts the sandbox as its last step does.
 */
export async function startInClone(clone: string): Promise<Started> {
  const { stdout: listed } = await run("git", ["ls-files", "-co", "--exclude-standard", "-z"], { cwd: ROOT });
  for (const name of listed.split("\0").filter((file) => file !== "" && !file.startsWith("test/"))) {
    mkdirSync(dirname(join(clone, name)), { recursive: true });
    cpSync(join(ROOT, name), join(clone, name));
  }
  symlinkSync(join(ROOT, "node_modules"), join(clone, "node_modules"));
  const { scripts } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8"));
  const steps = (scripts.start as string).split(" && ");
  // As npm does for its scripts.
  const PATH = `${join(ROOT, "node_modules/.bin")}${delimiter}${process.env.PATH}`;
  for (const step of steps.slice(0, -1))
    await run("bash", ["--norc", "-c", step], { cwd: clone, env: { PATH } });

  const file = join(clone, "sandbox.env");
  const command = `exec ${steps.at(-1)} --port 0 --env ${file}`;
  const child = spawn("bash", ["--norc", "-c", command], { cwd: clone, env: { PATH } });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let output = "";
  child.stderr.on("data", (chunk) => {
    output += chunk;
  });
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout }).on("line", (line) => lines.push(line));
  const printed = (pattern: RegExp) =>
    new Promise<readonly string[]>((resolve, reject) => {
      const resolveOnMatch = () => lines.some((line) => pattern.test(line)) && resolve(lines);
      reader.on("line", resolveOnMatch);
      resolveOnMatch();
      child.once("exit", () => reject(new Error(`npm start ended without ${pattern}: ${output}`)));
    });
  await printed(/Ctrl-C ends it/);
  return {
    clone,
    printed,
    paste: (code) =>
      run("bash", ["--norc", "-ec", `. ${file}\n${code}`], { cwd: clone, env: { PATH, HOME: clone } }),
    async end() {
      child.kill("SIGINT");
      await ended;
    },
  };
}
