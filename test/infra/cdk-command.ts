import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { newFolder } from "./deployment.ts";

export const ROOT = join(import.meta.dirname, "../..");
const CDK = join(ROOT, "node_modules/.bin/cdk");

/** Nothing of this machine's: no credentials, no profile, no home. */
const bare = (home: string) => ({
  PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}`,
  HOME: home,
});
export const works = (command: string, ...args: string[]) => spawnSync(command, args).status === 0;
const canCutNetwork = works("unshare", "-rn", "true");

interface Synthesised {
  readonly status: number | null;
  readonly output: string;
  /** The folder of the cloud assembly. */
  readonly out: string;
}

const known = new Map<string, Synthesised>();

/** `cdk synth` with that `deploy.json`, once for each, without a network where the machine can cut it. */
export function synth(config: string): Synthesised {
  const synthesised = known.get(config) ?? run(config);
  known.set(config, synthesised);
  return synthesised;
}

function run(config: string): Synthesised {
  const out = join(newFolder(), "cdk.out");
  const args = ["synth", "--quiet", "--no-notices", "--output", out, "-c", `config=${config}`];
  const [command, ...rest] = canCutNetwork ? ["unshare", "-rn", CDK, ...args] : [CDK, ...args];
  const { status, stdout, stderr } = spawnSync(command as string, rest, {
    cwd: ROOT,
    env: bare(out),
    encoding: "utf8",
  });
  return { status, output: stdout + stderr, out };
}
