import { readFileSync } from "node:fs";
import { join } from "node:path";

/**
 * The variables of this shell. Where they name no region, `AWS_REGION` is that of the AWS profile, from the files that the
 * AWS CLI and the AWS SDKs read.
 */
export function withProfileRegion(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env.AWS_REGION || env.AWS_DEFAULT_REGION) return env;
  const region = profileRegion(env);
  return region === undefined ? env : { ...env, AWS_REGION: region };
}

function profileRegion(env: NodeJS.ProcessEnv): string | undefined {
  const home = env.HOME || env.USERPROFILE;
  const file = (given: string | undefined, name: string) => given || (home && join(home, ".aws", name));
  const profile = env.AWS_PROFILE || env.AWS_DEFAULT_PROFILE || "default";
  const inConfig = [`profile ${profile}`, ...(profile === "default" ? [profile] : [])];
  return (
    regionIn(file(env.AWS_SHARED_CREDENTIALS_FILE, "credentials"), [profile]) ??
    regionIn(file(env.AWS_CONFIG_FILE, "config"), inConfig)
  );
}

/** Undefined also where the file cannot be read. */
function regionIn(path: string | undefined, sections: readonly string[]): string | undefined {
  if (!path) return undefined;
  let present: string | undefined;
  for (const line of linesOf(path)) {
    const header = /^\s*\[(.+)\]/.exec(line)?.[1];
    if (header !== undefined) present = header.replaceAll(/["']/g, "").trim().replaceAll(/\s+/g, " ");
    const region = /^\s*region\s*=\s*([^\s#;]+)/.exec(line)?.[1];
    if (region !== undefined && present !== undefined && sections.includes(present)) return region;
  }
  return undefined;
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, "utf8").split(/\r?\n/);
  } catch {
    return [];
  }
}
