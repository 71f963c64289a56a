import { run } from "../../cli/run.ts";
import type { Terminal } from "../../cli/terminal.ts";

/** Runs `box-sts` in this process, on a terminal that records. */
export async function boxSts(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  screen: boolean | Partial<Pick<Terminal, "isOutTty" | "isErrTty" | "columns" | "errColumns">> = false,
) {
  let stdout = "";
  let stderr = "";
  const status = await run(args, {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    isOutTty: screen === true,
    ...(typeof screen === "object" && screen),
    env,
  });
  return { status, stdout, stderr };
}
