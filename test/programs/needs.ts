import { inject, type TestOptions } from "vitest";
import type { ProgramName } from "./programs.ts";

declare module "vitest" {
  interface TaskMeta {
    /** The programs for want of which the test is skipped. */
    absentPrograms?: readonly string[];
  }
}

/** Options of a test or of a group: it is skipped where a program is absent, and the end of the run names that program. */
export function needs(...programs: readonly ProgramName[]): TestOptions {
  const absent = programs.filter((program) => inject("absentPrograms").includes(program));
  return absent.length === 0 ? {} : { skip: true, meta: { absentPrograms: absent } };
}
