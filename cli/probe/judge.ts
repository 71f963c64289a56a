import { PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { AwsRefusal, ProbeOutcome } from "./outcome.ts";

/** `no proof`: the probe could not be made, or its result would have been the same on a broken deployment. */
export const VERDICTS = ["ok", "failed", "no proof"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** How a result is judged, and what must come back in words. */
export interface Expectation {
  readonly expected: string;
  judge(seen: ProbeOutcome): Verdict;
}

/** Something must work. */
export const WORKS: Expectation = {
  expected: "a token",
  judge: (seen) => (seen.by === "function" && seen.what === "token" ? "ok" : "failed"),
};

/** The front must refuse it: the function must not run. */
export const REFUSED_BY_AWS: Expectation = {
  expected: "a refusal by AWS, before the function runs",
  judge(seen) {
    if (seen.by === "function") return "failed";
    if (seen.by === "network") return "no proof";
    return seen.status === 403 && seen.what !== "not-found" ? "ok" : "no proof";
  },
};

/** The function must refuse it with one of these codes. Where IAM refuses it, the function has not seen it. */
export const refusedByFunction = (...codes: readonly ProblemCode[]): Expectation => ({
  expected: `a refusal by the function (${codes.join(" or ")})`,
  judge(seen) {
    if (seen.by !== "function") return "no proof";
    if (seen.what !== "refusal") return "failed";
    if ((codes as readonly string[]).includes(seen.code)) return "ok";
    return isCallers(seen.code) ? "failed" : "no proof";
  },
});

/** A refusal that the caller can act on; any other one says that the service is broken, whatever was requested. */
const isCallers = (code: string): boolean =>
  !Object.hasOwn(PROBLEMS, code) || PROBLEMS[code as ProblemCode].actor === "caller";

/** A statement must deny it. An identity that nothing allows to do it cannot see whether one does. */
export const DENIED: Expectation = {
  expected: "a statement of the function's policy that denies it",
  judge(seen) {
    if (seen.by === "function") return "failed";
    return seen.by === "aws" && seen.what === "explicit-deny" ? "ok" : "no proof";
  },
};

/** As `DENIED`; the function is the second line of defence, which refuses a caller that no alias identifies. */
export const DENIED_OR_UNIDENTIFIED: Expectation = {
  expected: "a statement that denies it, or a refusal by the function (unauthorized_client)",
  judge(seen) {
    if (seen.by === "function" && seen.what === "refusal" && seen.code === "unauthorized_client") return "ok";
    return DENIED.judge(seen);
  },
};

const IDENTITY_REFUSED: ReadonlySet<AwsRefusal> = new Set(["no-allow", "explicit-deny", "denied-elsewhere"]);

/** Another identity must not get this caller's token, by whatever refuses it. */
export const REFUSED: Expectation = {
  expected: "a refusal by AWS or by the function (unauthorized_client)",
  judge(seen) {
    if (seen.by === "aws") return IDENTITY_REFUSED.has(seen.what) ? "ok" : "no proof";
    if (seen.by === "network") return "no proof";
    if (seen.what !== "refusal") return "failed";
    return seen.code === "unauthorized_client" ? "ok" : "no proof";
  },
};
