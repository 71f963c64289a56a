import { execFile } from "node:child_process";
import { accessSync, constants, existsSync, globSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** AWS's own runtime client for Node. It is built natively, with a C++ compiler. */
export const LAMBDA_RIC = join(
  import.meta.dirname,
  "../../tools/lambda-ric/node_modules/aws-lambda-ric/index.mjs",
);
/** Another pre-commit may be named, as to try an older or newer one. */
export const PRE_COMMIT = process.env.PRE_COMMIT_COMMAND ?? "pre-commit";
/** The Chromium on the PATH; undefined where there is none. */
export const CHROMIUM = onPath("chromium", "chromium-browser", "google-chrome");

/** The versions of the AWS CLI that read `AWS_ENDPOINT_URL`: older ones would send the tests' requests to AWS. */
const READS_ENDPOINT_URL = "^aws-cli/(1\\.(29|[3-9][0-9])|2\\.(1[3-9]|[2-9][0-9]))\\.";

const JACKSON_PARTS = ["databind", "core", "annotations"];
/** The jars of Jackson, which Box's Java SDK brings, where a build of something else has left them. */
export const JACKSON = globSync(
  JACKSON_PARTS.map(
    (part) => `.m2/repository/com/fasterxml/jackson/core/jackson-${part}/2.2*/jackson-${part}-2.2*.jar`,
  ),
  { cwd: homedir() },
)
  .filter((path) => !/-(?:sources|javadoc|tests)\.jar$/.test(path))
  .map((path) => join(homedir(), path));

/** Every program that tests of this project need beside Node, npm and git, and whether this machine has it. */
export const PROGRAMS = {
  "aws-lambda-ric (npm ci --prefix tools/lambda-ric)": async () => existsSync(LAMBDA_RIC),
  boto3: () => runs("python3", "-c", "import boto3"),
  "cfn-lint": () => runs("cfn-lint", "--version"),
  Chromium: async () => CHROMIUM !== undefined,
  "curl 7.75": () => runs("curl", "--aws-sigv4", "aws:amz", "--version"),
  fish: () => runs("fish", "-c", "exit 0"),
  "gpg 2": () => runs("sh", "-c", "gpg --version | grep '^gpg (GnuPG) 2'"),
  "hexdump, od and xxd": () => runs("sh", "-c", "command -v hexdump && command -v od && command -v xxd"),
  "Jackson in Maven's local repository": async () =>
    JACKSON_PARTS.every((part) => JACKSON.some((path) => path.includes(`jackson-${part}-`))),
  Java: () => runs("javac", "--version"),
  keytool: () => runs("keytool", "-help"),
  "moto's server": () => runs("python3", "-c", "import moto.server"),
  "OpenSSL 3 with its legacy provider": () => runs("openssl", "list", "-providers", "-provider", "legacy"),
  "pre-commit": () => runs(PRE_COMMIT, "--version"),
  Python: () => runs("python3", "--version"),
  "SAM's translator": () => runs("python3", "-c", "import samtranslator"),
  Terraform: () => runs("terraform", "-help"),
  "the AWS CLI 2.13 or 1.29": () => runs("sh", "-c", `aws --version | grep -E '${READS_ENDPOINT_URL}'`),
  "unshare with network namespaces": () => runs("unshare", "-rn", "true"),
  zsh: () => runs("zsh", "-c", "exit 0"),
} as const satisfies Readonly<Record<string, () => Promise<boolean>>>;

export type ProgramName = keyof typeof PROGRAMS;

/** The programs that this machine lacks. Each is started once, which takes up to 1.5 s of processor time. */
export async function absentPrograms(): Promise<readonly ProgramName[]> {
  const detected = Object.entries(PROGRAMS).map(
    async ([name, isPresent]) => [name as ProgramName, await isPresent()] as const,
  );
  return (await Promise.all(detected)).flatMap(([name, isPresent]) => (isPresent ? [] : [name]));
}

function runs(command: string, ...args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => execFile(command, args, (error) => resolve(error === null)));
}

function onPath(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
