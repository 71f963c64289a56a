// must not compile: TS2339
import type { ScanProblem } from "../../../action/scan/problem.ts";

export const text = (problem: ScanProblem) => problem.message;
