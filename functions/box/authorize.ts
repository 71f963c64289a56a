import type { ProblemCode } from "../../schemas/protocol/problems.ts";
import type { Refusal } from "../broker/decide.ts";
import type { ConsentRequest } from "../broker/oauth/connect-user.ts";
import { printable, printableCode } from "../log/printable.ts";

/** Box's authorize page, unless a deployment names another place. */
export const BOX_ACCOUNT_URL = "https://account.box.com/api/oauth2/authorize";

/**
 * Where a user consents (RFC 6749 §4.1.1, RFC 7636 §4.3; https://developer.box.com/reference/get-authorize/). Box accepts a
 * challenge without its method, too, and takes it for S256.
 * @param accountUrl Box's authorize page
 */
export function consentUrl(
  accountUrl: string,
  { clientID, redirectUri, state, codeChallenge, scopes }: ConsentRequest,
): string {
  const parameters = new URLSearchParams({
    response_type: "code",
    client_id: clientID,
    redirect_uri: redirectUri,
    state,
    code_challenge: codeChallenge,
    code_challenge_method: "S256",
    ...(scopes !== undefined && { scope: scopes.join(" ") }),
  });
  return `${accountUrl}?${parameters}`;
}

/** What the `error` of an authorization response means (RFC 6749 §4.1.2.1); all others are for the operator. */
const PROBLEM_OF: ReadonlyMap<string, ProblemCode> = new Map<string, ProblemCode>([
  ["access_denied", "consent_denied"],
  ["unauthorized_client", "box_app_not_authorized"],
  ["invalid_scope", "box_scope_refused"],
  ["server_error", "box_unavailable"],
  ["temporarily_unavailable", "box_unavailable"],
]);

/** An enterprise that has not enabled the app: Box says so in words alone. */
const DISABLED = /disabled by (?:the |your )?administrator/i;

/** What Box or the user has refused, by the parameters of the callback. */
export function consentRefusal(error: string, description: string): Refusal {
  const isDisabled = DISABLED.test(`${error} ${description}`);
  const code = isDisabled ? "box_app_not_authorized" : (PROBLEM_OF.get(error) ?? "box_refused");
  const reason = ["Box returned the user with", printableCode(error), printable(description)]
    .join(" ")
    .trim();
  return { code, reason };
}
