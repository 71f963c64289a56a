import type { Clock, RequestContext } from "./ports.ts";

/** The request, of whose time so many milliseconds at most may be used. */
export function withinBudget(context: RequestContext, milliseconds: number, clock: Clock): RequestContext {
  return { ...context, deadline: Math.min(context.deadline, clock.monotonic() + milliseconds) };
}
