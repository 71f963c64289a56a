import { isObject } from "../../schemas/json/is-object.ts";
import { parseJson } from "../../schemas/json/parse.ts";
import { CALLER_NAME, type Caller } from "../../schemas/policy/caller.ts";
import { withoutRolePath } from "../../schemas/policy/caller-pattern.ts";
import type { EventAdapter } from "./handler.ts";
import { SettingsError } from "./settings-error.ts";

/** ARN of a role (without its path, as sessions report it) or user → the name that policies know it by. */
export type CallerNames = ReadonlyMap<string, string>;

const EXPECTED = `a JSON object of caller's name → array of ARNs of IAM roles and users, such as {"reports":["arn:aws:iam::123456789012:role/reports"]}`;

const PRINCIPAL = /^arn:[a-z0-9-]+:iam::[0-9]{12}:(?:role|user)\/[!-)+-~]+$/;

/**
 * The names of callers in `BOX_STS_CALLERS`.
 * @throws {SettingsError} also for a principal with two names, and for two roles that differ in their path only: a
 *   session does not report it, and an account has one role of a name
 */
export function parseCallerNames(json: string): CallerNames {
  const parsed = parseJson(json);
  if (!parsed.ok)
    throw new SettingsError(`BOX_STS_CALLERS is not JSON with each name once: it must be ${EXPECTED}.`);
  const { value } = parsed.value;
  if (!isObject(value)) throw malformed();
  const names = new Map<string, string>();
  for (const [name, arns] of Object.entries(value)) {
    if (!CALLER_NAME.test(name) || !Array.isArray(arns)) throw malformed();
    for (const arn of arns as readonly unknown[]) {
      if (typeof arn !== "string" || !PRINCIPAL.test(arn)) throw malformed();
      const principal = withoutRolePath(arn);
      if (names.has(principal)) {
        throw new SettingsError(
          "BOX_STS_CALLERS has a role or user twice, or two roles that differ in their path only: give each principal one name.",
        );
      }
      names.set(principal, name);
    }
  }
  return names;
}

function malformed(): SettingsError {
  return new SettingsError(`BOX_STS_CALLERS must be ${EXPECTED}.`);
}

/** The adapter, with the name of each caller that has one. */
export function withCallerNames<Response>(
  adapter: EventAdapter<Response>,
  names: CallerNames,
): EventAdapter<Response> {
  return {
    parse(event, lambda) {
      const given = adapter.parse(event, lambda);
      return { ...given, caller: named(given.caller, names) };
    },
    respond: adapter.respond,
  };
}

function named(caller: Caller, names: CallerNames): Caller {
  const name = "iam" in caller ? names.get(withoutRolePath(caller.iam)) : undefined;
  return name === undefined ? caller : { ...caller, name };
}
