import type { Fault, FaultName } from "../faults.ts";
import type { Answer } from "../server.ts";
import { apiError } from "./api-errors.ts";
import type { BoxApp } from "./state.ts";

export type BoxFault = FaultName<"box">;

/** What the faults that struck one request make of it. */
export interface Conditions {
  readonly slow: Fault<BoxFault> | undefined;
  /** The answer that is given without looking at the request. */
  readonly instead: Answer | undefined;
  /** How far Box's clock is ahead for this request. */
  readonly skewSeconds: number;
  view(app: BoxApp): BoxApp;
  /** Damages the answer that was worked out. */
  damage(answer: Answer): Answer;
}

export function conditions(struck: readonly Fault<BoxFault>[]): Conditions {
  const fault = (name: BoxFault) => struck.find((candidate) => candidate.name === name);
  return {
    slow: fault("slow"),
    instead: insteadOfAnswer(fault),
    skewSeconds: fault("skewed-clock")?.skewSeconds ?? (fault("skewed-clock") ? 3_600 : 0),
    view: (app) => ({
      ...app,
      authorized: app.authorized && fault("unauthorized-app") === undefined,
      publicKeys: fault("key-removed") ? new Map() : app.publicKeys,
    }),
    damage(answer) {
      if (fault("reset-after")) return { ...answer, cut: "mid-body" };
      if (fault("truncated-json") === undefined) return answer;
      const body = String(answer.body ?? "");
      return { ...answer, body: body.slice(0, Math.ceil(body.length / 2)) };
    },
  };
}

function insteadOfAnswer(fault: (name: BoxFault) => Fault<BoxFault> | undefined): Answer | undefined {
  if (fault("reset")) return { status: 0, cut: "before" };
  const limited = fault("rate-limited");
  if (limited) {
    const seconds = limited.retryAfterSeconds;
    return apiError("rate_limit_exceeded", seconds === undefined ? {} : { "Retry-After": String(seconds) });
  }
  const failed = fault("server-error");
  if (failed) return apiError("unavailable", {}, {}, failed.status ?? 503);
  const page = fault("html-body");
  if (page === undefined) return undefined;
  const body = "<!DOCTYPE html><html><head><title>Box</title></head><body>We'll be right back.</body></html>";
  return { status: page.status ?? 200, headers: { "Content-Type": "text/html" }, body };
}
