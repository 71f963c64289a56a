import { buildAction } from "../../tools/build-action.ts";
import { oncePerRun } from "./once-per-run.ts";

/** The folder of the Action's bundle, built from the sources once for the run. Nobody changes it. */
export const actionBundle = (): Promise<string> => oncePerRun("action-bundle", buildAction);
