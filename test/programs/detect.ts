import type { TestProject } from "vitest/node";
import { absentPrograms, type ProgramName } from "./programs.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly absentPrograms: readonly ProgramName[];
  }
}

/** Finds out once for the run which programs this machine lacks; `needs()` skips what needs them. */
export async function setup(project: TestProject): Promise<void> {
  project.provide("absentPrograms", await absentPrograms());
}
