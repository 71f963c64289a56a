import { run } from "../../cli/run.ts";

/** Runs `box-sts` in this process, on a terminal that records. */
export async function boxSts(args: readonly string[], env: NodeJS.ProcessEnv = {}, isOutTty = false) {
  let stdout = "";
  let stderr = "";
  const status = await run(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    isOutTty,
    env,
  });
  return { status, stdout, stderr };
}
