import { CALLER_NAME } from "../../schemas/policy/caller.ts";
import { withoutRolePath } from "../../schemas/policy/caller-pattern.ts";
import { type Identity, newIdentity } from "../aws/identities.ts";

/** A caller: a role, and its alias of `token-invoke`, which is denied to every other principal. */
export interface Caller extends Identity {
  readonly alias: string;
}

/** The callers of the sample policy, with what each may have. */
export const SAMPLE_CALLERS = {
  everything: "any token of the app: the enterprise's and every user's, unrestricted",
  "one-folder": "the enterprise's token, narrowed to one folder and three scopes",
  nothing: "no token: IAM lets it call, no statement of the policy names it",
} as const satisfies Record<string, string>;

export const newCaller = (name: string): Caller => ({ ...newIdentity(name), alias: name });

/**
 * `BOX_STS_CALLERS` of the sandbox's `token-url`: statements know each caller by its name, too. Of two roles that a
 * session does not distinguish the first one has a name; a role called as no caller can be has none.
 */
export function principalsByName(callers: readonly Caller[]): Readonly<Record<string, readonly string[]>> {
  const first = new Map(callers.toReversed().map((caller) => [withoutRolePath(caller.roleArn), caller]));
  return Object.fromEntries(
    [...first.values()]
      .filter(({ name }) => CALLER_NAME.test(name))
      .map(({ name, roleArn }) => [name, [roleArn]]),
  );
}
