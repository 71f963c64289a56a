import type { AuthorizationCode, Credentials, Restriction, Subject } from "../broker/ports.ts";

/** The request half of Box's token endpoint: forms, byte for byte. Client credentials go in the body only. */

/** RFC 7523 §2.1. */
export function jwtGrantForm({ clientID, clientSecret }: Credentials, assertion: string): string {
  return form({
    grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
    client_id: clientID,
    client_secret: clientSecret,
    assertion,
  });
}

/** RFC 6749 §4.4 with Box's subject parameters. */
export function clientCredentialsForm({ clientID, clientSecret }: Credentials, subject: Subject): string {
  return form({
    grant_type: "client_credentials",
    client_id: clientID,
    client_secret: clientSecret,
    box_subject_type: subject.type,
    box_subject_id: subject.id,
  });
}

/** RFC 6749 §4.1.3 with RFC 7636 §4.5. */
export function authorizationCodeForm(
  { clientID, clientSecret }: Credentials,
  { code, codeVerifier, redirectUri }: AuthorizationCode,
): string {
  return form({
    grant_type: "authorization_code",
    client_id: clientID,
    client_secret: clientSecret,
    code,
    code_verifier: codeVerifier,
    redirect_uri: redirectUri,
  });
}

/** RFC 6749 §6. */
export function refreshForm({ clientID, clientSecret }: Credentials, refreshToken: string): string {
  return form({
    grant_type: "refresh_token",
    client_id: clientID,
    client_secret: clientSecret,
    refresh_token: refreshToken,
  });
}

/** RFC 8693 §2.1; Box requires no client credentials here. */
export function exchangeForm(subjectToken: string, { scopes, resource }: Restriction): string {
  return form({
    grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
    subject_token: subjectToken,
    subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
    scope: scopes.join(" "),
    ...(resource !== undefined && { resource }),
  });
}

/** RFC 7009 §2.1; Box requires the client credentials in the body. */
export function revokeForm({ clientID, clientSecret }: Credentials, token: string): string {
  return form({ client_id: clientID, client_secret: clientSecret, token });
}

function form(parameters: Record<string, string>): string {
  return new URLSearchParams(parameters).toString();
}
