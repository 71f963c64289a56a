// must not compile: TS2322
import type { ScanProblem } from "../../../action/scan/problem.ts";

export const problem: ScanProblem = { code: "object_missing" };
