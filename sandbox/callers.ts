import { type Identity, newIdentity } from "./aws/identities.ts";

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
