import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Identity } from "../../../sandbox/aws/identities.ts";
import { type Sandbox, startSandbox } from "../../../sandbox/sandbox.ts";
import { newFolder } from "../deployment.ts";
import { ROOT } from "../synth.ts";

export const SCRIPT = join(ROOT, "examples/first-account/prove.mjs");

export interface Ended {
  readonly status: number;
  readonly lines: readonly string[];
  readonly stderr: string;
}

/** A sandbox in AWS's place. */
export interface FirstAccount {
  readonly sandbox: Sandbox;
  /** The path of a file beside `outputs.json`, which has the outputs of the stack. */
  file(name: string): string;
  /** Runs the script as the operator, with these arguments, variables and outputs. */
  prove(args: readonly string[], environment?: NodeJS.ProcessEnv, outputs?: string): Promise<Ended>;
}

const profile = (name: string, { accessKeyId, secretAccessKey, sessionToken }: Identity) =>
  [
    `[${name}]`,
    `aws_access_key_id=${accessKeyId}`,
    `aws_secret_access_key=${secretAccessKey}`,
    ...(sessionToken === undefined ? [] : [`aws_session_token=${sessionToken}`]),
  ].join("\n");

export async function startFirstAccount(): Promise<FirstAccount> {
  const folder = newFolder();
  const file = (name: string) => join(folder, name);
  const sandbox = await startSandbox({ sharedCache: true });
  const { operator, callers } = sandbox;
  const profiles = [profile("operator", operator), profile("everything", callers.everything!)];
  writeFileSync(file("credentials"), profiles.join("\n\n"));
  const { tokenUrl, tokenInvoke, health } = sandbox.functions;
  const outputs = {
    TokenUrl: sandbox.tokenUrl,
    UrlFunction: tokenUrl.name,
    InvokeFunction: tokenInvoke.name,
    HealthFunction: health.name,
    SecretArns: JSON.stringify({ sandbox: sandbox.secretsManager.secrets.get("box-sts/sandbox")?.arn }),
  };
  writeFileSync(file("outputs.json"), JSON.stringify({ "box-sts": outputs }));
  const own = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_SHARED_CREDENTIALS_FILE: file("credentials"),
    AWS_CONFIG_FILE: file("config"),
    AWS_PROFILE: "operator",
    AWS_REGION: sandbox.region,
    AWS_EC2_METADATA_DISABLED: "true",
    AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
  };
  return {
    sandbox,
    file,
    prove(args, environment = {}, from = "outputs.json") {
      const env = { ...own, ...environment };
      return new Promise((resolve) => {
        execFile(process.execPath, [SCRIPT, file(from), ...args], { env }, (error, stdout, stderr) => {
          resolve({ status: Number(error?.code ?? 0), lines: stdout.trimEnd().split("\n"), stderr });
        });
      });
    },
  };
}

/** The first line of each check. */
export const headings = ({ lines }: Ended) =>
  lines.filter((line) => /^(?:ok|FAIL|skip) /.test(line)).map((line) => line.replace(/:.*/, ""));
