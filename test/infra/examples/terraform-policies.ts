import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { ROOT } from "../synth.ts";
import { KEY, NIGHTLY, REPORTS, SECRET } from "./cdk-permissions.ts";

export const FOLDER = join(ROOT, "examples/terraform");

/** A policy document of the example as `templatefile` writes it: a variable's text instead of its name. */
export function rendered(name: string, variables: Readonly<Record<string, string>> = {}): object {
  const text = readFileSync(join(FOLDER, "policies", name), "utf8");
  const filled = text.replaceAll(
    /\$\{(\w+)\}/g,
    (_, variable: string) => variables[variable] ?? expect.fail(`${name}: ${variable}`),
  );
  return JSON.parse(filled);
}

const account = "123456789012";
export const VARIABLES = {
  "token-url.json.tftpl": {
    function_arn: "<TokenUrl>",
    caller_arns: JSON.stringify([REPORTS]),
    account,
  },
  "token-invoke.json.tftpl": { function_arn: "<TokenInvoke>" },
  "alias.json.tftpl": { alias_arn: "<nightly-sync>", caller_arn: NIGHTLY, account },
  "secrets.json.tftpl": { secret_arns: JSON.stringify([SECRET]) },
  "key.json.tftpl": {
    key_arn: KEY,
    secret_arn: SECRET,
    region: "eu-central-1",
    dns_suffix: "<AWS::URLSuffix>",
  },
} as const;
export type TemplateName = keyof typeof VARIABLES;
