import type { Buffer } from "node:buffer";
import { asJson } from "../../../schemas/json/jsonc.ts";
import { type JsonDocument, readJson } from "../../../schemas/json/parse.ts";
import { asUtf8, baseName } from "../../scan/text.ts";
import type { MappedIssue } from "./issues.ts";
import { readYaml } from "./yaml-document.ts";

/** Files that are JSON with comments by the custom of their owners. */
const COMMENTS_ALLOWED =
  /\.(?:jsonc|json5|code-workspace)$|^(?:ts|js)config[\w.-]*\.json$|^\.?devcontainer\.json$|^\.(?:eslintrc|babelrc|swcrc)(?:\.json)?$/i;

const YAML = /\.ya?ml$/i;

/** Nesting that no parser here has trouble with. */
const MAX_DEPTH = 200;

interface MappedFile {
  readonly documents: readonly JsonDocument[];
  readonly issues: readonly MappedIssue[];
}

const FOR_VSCODE = /(?:^|\/)\.vscode\/[^/]*$/;

/** How the path says that a file is to be read. */
export function mappedRole(path: string): "yaml" | "jsonc" | "json" {
  const name = baseName(path);
  if (YAML.test(name)) return "yaml";
  return COMMENTS_ALLOWED.test(name) || FOR_VSCODE.test(path) ? "jsonc" : "json";
}

/** What a file holds by the end of its name: YAML, JSON with comments, else JSON. */
export function readMapped(path: string, bytes: Buffer, maxLength: number): MappedFile {
  const text = asUtf8(bytes).toString("utf8");
  const role = mappedRole(path);
  if (role === "yaml") return readYaml(text);
  const commented = role === "jsonc";
  const limits = { maxLength, maxDepth: MAX_DEPTH };
  const strict = readJson(text, limits);
  if (strict.document !== undefined) return { documents: [strict.document], issues: strict.issues };
  const { document, issues } = readJson(asJson(text), limits);
  if (document === undefined) return { documents: [], issues: commented ? issues : strict.issues };
  return { documents: [document], issues: [...(commented ? [] : strict.issues), ...issues] };
}
