import { runSandbox } from "./cli/run.ts";
import { NPM_START } from "./cli/start-command.ts";

/** What `npm start` runs. */
process.exitCode = await runSandbox(process.argv.slice(2), NPM_START);
