import type { Caller } from "../../schemas/policy/caller.ts";

/** What the audit lines call a caller: its ARN or its alias, which no caller can choose. */
export function callerIdOf(caller: Caller): string {
  if ("iam" in caller) return caller.iam;
  return "alias" in caller ? `alias:${caller.alias}` : "unidentified";
}
