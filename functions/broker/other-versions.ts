import { ok } from "../../schemas/result.ts";
import type { HeldToken } from "./held-token.ts";
import type { Call, CredentialStore, Credentials, GrantCredentials, GrantToken, Subject } from "./ports.ts";

/** A token, and the version of the app's secret it came from: the one given, or another that Box accepted. */
export interface Minted {
  readonly token: HeldToken;
  readonly credentials: Credentials;
  /** Another environment minted it. */
  readonly isShared?: true;
}

/** Whose token is granted. */
export interface VersionedGrant {
  readonly credentials: GrantCredentials;
  readonly subject: Subject;
  /** A new token from another version of the secret, which another request has got meanwhile and which serves too. */
  readonly held: (credentials: Credentials) => Promise<HeldToken | undefined>;
}

/**
 * The grant, which no refusal of the credentials ends at once: the secret is read again, and its other versions are tried.
 * Where Box may have refused the user, that is a version that has become the current one, and no previous one. If none is
 * accepted, the first refusal counts. A request reads each version once more at most: what was read after the first refusal
 * holds for the others.
 */
export function withOtherVersions(
  store: Pick<CredentialStore, "alternative" | "newer" | "accepted">,
  grant: GrantToken,
): Call<VersionedGrant, Minted> {
  return async ({ credentials, subject, held }, context) => {
    const first = await grant({ credentials, subject }, context);
    if (first.ok) return { token: first.value, credentials };
    const { failure, requestedAt, canMeanUser } = first.error;
    const tried = new Set([credentials.versionId]);
    for (let last: Credentials = credentials; ; ) {
      const next: Credentials | undefined = canMeanUser
        ? await store.newer(last, context)
        : await store.alternative(credentials.app, tried, requestedAt, context);
      if (next === undefined || !canServe(next, subject)) throw failure;
      const known = await held(next);
      const granted = known === undefined ? await grant({ credentials: next, subject }, context) : ok(known);
      if (granted.ok) {
        store.accepted(next);
        return { token: granted.value, credentials: next };
      }
      tried.add(next.versionId);
      last = next;
    }
  };
}

/** The subject was resolved with the first version: a version for another enterprise is another app. */
function canServe(credentials: Credentials, subject: Subject): credentials is GrantCredentials {
  const isGranted = credentials.grant === "jwt" || credentials.grant === "client_credentials";
  return isGranted && (subject.type === "user" || subject.id === credentials.enterpriseID);
}
