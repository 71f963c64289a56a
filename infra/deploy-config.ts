import { readFileSync } from "node:fs";
import { type DeployConfig, parseDeployConfig } from "../schemas/deploy/parse.ts";
import { formatIssue } from "../schemas/json/issue.ts";
import { SynthError } from "./synth-error.ts";

/** @throws {SynthError} with a line for each mistake */
export function readDeployConfig(path: string): DeployConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new SynthError(`${path} cannot be read; -c config=… takes the path of a deploy.json.`);
  }
  const parsed = parseDeployConfig(text);
  if (parsed.ok) return parsed.value;
  throw new SynthError(parsed.error.map((issue) => `${path} ${formatIssue(issue)}`).join("\n"));
}
