import { Failure } from "../../schemas/protocol/problems.ts";
import type { Clock, CredentialStore, Credentials, RequestContext } from "./ports.ts";

interface VersionPorts {
  readonly credentials: Pick<CredentialStore, "alternative">;
  readonly clock: Clock;
}

/**
 * One POST for each version of the app's secret that may be the right one: Box refuses a client secret before it uses up the
 * code, the refresh token or the token to revoke.
 * @returns what Box responded, and the credentials that it accepted
 * @throws {Failure} of the last POST
 */
export async function withEachVersion<Version extends Credentials, Value>(
  { credentials: versions, clock }: VersionPorts,
  first: Version,
  post: (credentials: Version) => Promise<Value>,
  context: RequestContext,
): Promise<{ readonly value: Value; readonly credentials: Version }> {
  const since = clock.monotonic();
  const tried = new Set<string>();
  for (let credentials = first; ; ) {
    try {
      return { value: await post(credentials), credentials };
    } catch (failure) {
      if (!(failure instanceof Failure && failure.code === "box_client_refused")) throw failure;
      tried.add(credentials.versionId);
      const next = await versions.alternative(first.app, tried, since, context).catch(() => undefined);
      if (next?.grant !== first.grant || next.clientID !== first.clientID) throw failure;
      credentials = next as Version;
    }
  }
}
