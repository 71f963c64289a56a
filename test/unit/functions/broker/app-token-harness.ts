import type { AppTokenCredentials } from "../../../../functions/broker/ports.ts";
import { Failure } from "../../../../schemas/protocol/problems.ts";
import { credentialsOf, notIssued, tokenHarness } from "../../../support/fake-ports.ts";

export const SCOPE = { scope: "item_download" };
export const PRIMARY = "primary-token";
export const SECONDARY = "secondary-token";

export function appOf(
  changes: Partial<AppTokenCredentials> = {},
  { primary = PRIMARY, secondary = SECONDARY }: { primary?: string; secondary?: string | null } = {},
): AppTokenCredentials {
  const { signer: _, ...common } = credentialsOf();
  const others = secondary === null ? {} : { secondary: { token: secondary } };
  const appTokens = { primary: { token: primary }, ...others };
  return { ...common, enterpriseID: "900001", grant: "app_token", appTokens, ...changes };
}

/** How Box refuses to exchange a dead token: by its words, or by a 401 without any. */
export const REFUSALS = {
  words: () => new Failure("box_token_refused", "the subject_token is invalid", { suspectsToken: true }),
  bare: () => new Failure("box_scope_refused", "401", { suspectsToken: true }),
};

export function harnessOf(credentials = appOf(), refusal: keyof typeof REFUSALS = "words") {
  const harness = tokenHarness();
  harness.credentials.current = credentials;
  harness.box.rule = ({ token }) => (harness.box.dead.has(token ?? "") ? REFUSALS[refusal]() : undefined);
  return {
    ...harness,
    /** The tokens that were sent to be exchanged, each once for a row of attempts. */
    exchanged: () =>
      harness.box.calls.map(({ token }) => token).filter((token, at, all) => token !== all[at - 1]),
    codeOf: async (parameters: object = {}) => notIssued(await harness.request(parameters)).problem.code,
  };
}
