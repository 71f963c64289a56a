import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildAction } from "../../../tools/build-action.ts";

/**
 * Bundles the command line once for the run: tests start it hundreds of times, and the bundle loads in half the time
 * of its sources. It goes with the run's temporary folder.
 */
export async function setup(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "cli-"));
  await buildAction(folder);
  process.env.BOX_CONFIG_LINT_UNDER_TEST = join(folder, "cli.mjs");
}
