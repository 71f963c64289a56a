import { readFile } from "node:fs/promises";
import { parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { formatIssue, type Issue } from "../../schemas/json/issue.ts";
import { type Policy, parsePolicy } from "../../schemas/policy/parse.ts";

/** What is wrong with the command line or with a file that it names, as lines for a person. */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
}

export interface Document {
  readonly text: string;
  /** What is odd about it without being wrong, a line each. */
  readonly warnings: readonly string[];
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file.",
  EISDIR: "it is a directory.",
  EACCES: "you may not read it.",
};

/** A Box config file, if it is a usable one. @throws CannotStart with every issue. */
export async function readConfig(path: string): Promise<Document> {
  const text = await read("--config", path);
  const parsed = parseBoxConfig(text);
  if (!parsed.ok) throw invalid("Box config", path, parsed.error);
  if (parsed.value.config.grant === "jwt" && parsed.value.config.kmsKeyId !== undefined) {
    throw new CannotStart(
      `${path} names a key in AWS KMS, and there is no KMS here; name a config that holds its private key.`,
    );
  }
  return { text, warnings: parsed.value.warnings.map((issue) => `${path}: ${formatIssue(issue)}`) };
}

/** A policy file, if it is a valid one. @throws CannotStart with every issue. */
export async function readPolicy(path: string): Promise<Document & { readonly value: Policy }> {
  const text = await read("--policy", path);
  const parsed = parsePolicy(text);
  if (!parsed.ok) throw invalid("policy", path, parsed.error);
  return { text, value: parsed.value, warnings: [] };
}

async function read(option: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    throw new CannotStart(`${option} ${path}: ${EXPLANATIONS[code] ?? message}`);
  }
}

function invalid(kind: string, path: string, issues: readonly Issue[]): CannotStart {
  const lines = issues.map((issue) => `  ${formatIssue(issue)}`);
  return new CannotStart([`${path} is not a usable ${kind}:`, ...lines].join("\n"));
}
