import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Identity } from "../../sandbox/aws/identities.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";

export const ROOT = join(import.meta.dirname, "../..");

/** The fenced blocks of the README. */
export const BLOCKS = [
  ...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm),
].map(([, language = "", code = ""]) => ({ language, code: code.trim() }));

/** The README's block that begins so; "" where there is none. */
export const block = (begins: string) => BLOCKS.find(({ code }) => code.startsWith(begins))?.code ?? "";

/** A fenced block of another document, as the README's. */
export const blockOf = (page: string, language: string, begins: string) =>
  [
    ...readFileSync(join(ROOT, page), "utf8").matchAll(
      new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm"),
    ),
  ]
    .map(([, code = ""]) => code)
    .find((code) => code.startsWith(begins)) ??
  expect.fail(`${page} has no block that begins with ${begins}`);

/** The variables of a terminal that works with the sandbox, as one of its identities. */
export function awsEnvironment(
  sandbox: Sandbox,
  who: Identity = sandbox.callers.everything!,
): NodeJS.ProcessEnv {
  const { accessKeyId, secretAccessKey } = who;
  return {
    ...process.env,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_REGION: sandbox.region,
    AWS_DEFAULT_REGION: sandbox.region,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: sandbox.secretsManager.url,
  };
}
