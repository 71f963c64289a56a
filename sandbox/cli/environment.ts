import { constants } from "node:fs";
import { access, readFile, rm, rmdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { writePrivately } from "../apps/app.ts";
import type { Control } from "../control/listener.ts";
import type { Caller } from "../sample/callers.ts";
import type { Sandbox } from "../sandbox.ts";
import { CannotStart } from "./documents.ts";
import type { RealBox } from "./ready-line.ts";
import { COLUMNS } from "./terminal.ts";

/** First line of every file that `--env` writes; a file without it is not the sandbox's. */
const MARK =
  "# Written by the box-sts sandbox: its addresses and credentials, which are valid until it ends.";

/** The variables from which the README's snippets and the examples run unchanged, as one caller. */
export function environmentOf(
  sandbox: Sandbox,
  caller: Caller,
  real: RealBox | undefined,
  control: Control,
): readonly (readonly [string, string])[] {
  return [
    ["AWS_REGION", sandbox.region],
    ["AWS_DEFAULT_REGION", sandbox.region],
    ["AWS_ACCESS_KEY_ID", caller.accessKeyId],
    ["AWS_SECRET_ACCESS_KEY", caller.secretAccessKey],
    // Empty, because the token of another session would be sent with these keys, and refused.
    ["AWS_SESSION_TOKEN", ""],
    ["AWS_ENDPOINT_URL_LAMBDA", sandbox.invokeUrl],
    ["TOKEN_URL", sandbox.tokenUrl],
    ["ALIAS", caller.alias],
    ["BOX_STS_URL", sandbox.tokenUrl],
    ["BOX_STS_FUNCTION", sandbox.functions.tokenInvoke.name],
    ["BOX_STS_ALIAS", caller.alias],
    ["BOX_URL", real?.boxUrl ?? sandbox.box.url],
    ["CONTROL_URL", control.url],
    ["CONTROL_TOKEN", control.token],
  ];
}

/**
 * A word for a shell and a value for `node --env-file`, in quotes where it needs them: a path may have spaces, and Node 24
 * reads `export NAME=` as a variable of the name `export NAME`. A shell alone reads one with `'` and a character that is escaped.
 */
export function quoted(value: string): string {
  if (/^[\w.:/@%+=,-]+$/.test(value)) return value;
  return value.includes("'") ? `"${value.replaceAll(ESCAPED, "\\$&")}"` : `'${value}'`;
}

/** What a shell reads behind a backslash alone in double quotes, where Node keeps the backslash. */
const ESCAPED = /["$`\\]/g;

const isForShellsOnly = (value: string): boolean => value.includes("'") && value.search(ESCAPED) >= 0;

/** What a line of the command has besides variables, and some room. */
const EXPORT_COLUMNS = 12;

/** One command for a shell; a line of it is at most as wide, unless one variable is wider. */
export function exportBlock(
  variables: readonly (readonly [string, string])[],
  columns: number = COLUMNS,
): readonly string[] {
  const lines = [""];
  for (const [name, value] of variables) {
    const last = lines.length - 1;
    const assignment = `${name}=${quoted(value)}`;
    const next = `${lines[last]} ${assignment}`.trim();
    if (next.length <= columns - EXPORT_COLUMNS || lines[last] === "") lines[last] = next;
    else lines.push(assignment);
  }
  return lines.map((line, index) => {
    const begin = index === 0 ? "export " : "  ";
    return `${begin}${line}${index === lines.length - 1 ? "" : " \\"}`;
  });
}

/**
 * Writes the variables into a file of mode 0600, for `. ./FILE` in a shell and for `node --env-file=FILE`. What it
 * replaces is a file that it wrote before, never another one. Resolves to the folders that it made, for `removeEnvironment`.
 * @throws CannotStart
 */
export async function writeEnvironment(
  path: string,
  variables: readonly (readonly [string, string])[],
): Promise<readonly string[]> {
  await requireOwnFile(path);
  for (const [name, value] of variables) {
    if (isForShellsOnly(value))
      throw new CannotStart(
        `--env ${path}: ${name} is ${value}; a value with ' and one of " $ \` \\ cannot be written so that a shell and node --env-file read the same. Start in a folder, and with a TMPDIR, without '.`,
      );
  }
  const lines = variables.map(([name, value]) => `export ${name}=${quoted(value)}`);
  try {
    return await writePrivately(path, `${[MARK, ...lines].join("\n")}\n`);
  } catch (error) {
    throw unusable(path, error);
  }
}

/** Ends with the sandbox: its keys and addresses are worth nothing then. The folders go too, unless something else is in them. */
export async function removeEnvironment(path: string, folders: readonly string[]): Promise<void> {
  if ((await beginningOf(path)) === MARK) await rm(path, { force: true });
  for (const folder of folders.toReversed()) await rmdir(folder).catch(() => {});
}

/** @throws CannotStart if there is a file that is not ours, or none may be written there. */
export async function requireOwnFile(path: string): Promise<void> {
  const first = await beginningOf(path);
  if (first !== undefined && first !== MARK)
    throw new CannotStart(
      `--env ${path}: the file exists and was not written by the sandbox; name another one.`,
    );
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    // A folder that does not exist is made.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw unusable(path, error);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: "it is a directory",
  ENOTDIR: "what should be its folder is a file",
  EACCES: "you have no permission there",
  EPERM: "you have no permission there",
  EROFS: "the file system is read-only",
  ENOENT: "the system makes no folder there",
};

function unusable(path: string, error: unknown): CannotStart {
  const { code = "", message } = error as NodeJS.ErrnoException;
  return new CannotStart(`--env ${path}: ${REASONS[code] ?? message}; name another file.`);
}

/** The file's first line, or `undefined` if there is no file. */
async function beginningOf(path: string): Promise<string | undefined> {
  try {
    const facts = await stat(path);
    // A device can have no end.
    if (!facts.isFile() && !facts.isDirectory())
      throw new CannotStart(`--env ${path}: it is no regular file; name another file.`);
    return (await readFile(path, "utf8")).split("\n", 1)[0];
  } catch (error) {
    if (error instanceof CannotStart) throw error;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(path, error);
  }
}
