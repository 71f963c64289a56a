import { ok, type Result, refused } from "../../schemas/result.ts";
import { boxUrlOf } from "../token/box-url.ts";
import type { TokenSource } from "../token/target.ts";
import { type CheckName, type CheckRun, type Checks, skipped } from "./check.ts";
import { inspectConfig } from "./config.ts";

type ConfigSource = Extract<TokenSource, { kind: "config" }>;

interface ConfigOptions {
  readonly publicKey: string | undefined;
  readonly offline: boolean;
}

const ONLINE: readonly CheckName[] = ["network", "clock", "token", "subject", "scopes"];

/** The checks of a config file: those of the file, then those at Box. The error is a sentence about the options. */
export function configChecks(
  source: ConfigSource,
  options: ConfigOptions,
  run: CheckRun,
): Result<Checks, string> {
  const boxUrl = boxUrlOf(run.env);
  if (!boxUrl.ok) return boxUrl;
  const { box_subject_type: type, box_subject_id: id } = source.parameters;
  if (type === "enterprise" && id !== undefined) {
    return refused(
      "--subject is an enterprise; a config file has its own. Write user:ID to try a user's token.",
    );
  }
  return ok(all(source, options, boxUrl.value, run));
}

async function* all(
  { path, parameters }: ConfigSource,
  { publicKey, offline }: ConfigOptions,
  boxUrl: string,
  run: CheckRun,
): Checks {
  const { results, usable } = await inspectConfig(path, publicKey);
  yield* results;
  if (usable === undefined || offline) {
    const why = offline ? "--offline was given" : "no token can be requested with the config from here";
    yield* ONLINE.map((check) => skipped(check, `Not checked, because ${why}.`));
    return;
  }
  const { boxChecks } = await import("./box.ts");
  const { box_subject_type: type, box_subject_id: user, scope, resource } = parameters;
  const scopes = scope?.split(" ").filter((one) => one !== "");
  yield* boxChecks({ ...usable, boxUrl, user: type === "user" ? user : undefined, scopes, resource }, run);
}
