import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { CredentialStore, Credentials, RequestContext } from "../ports.ts";
import type { ServiceKeys } from "../shared-cache/service-keys.ts";
import { problemOfTable, TableFailure } from "../shared-cache/table.ts";
import { DAY_MS } from "./connection.ts";
import { type Invitation, invite } from "./invitation.ts";

/** What a link is to permit, checked by the adapter. */
export interface LinkRequest extends Omit<Invitation, "expires"> {
  readonly validDays: number;
}

/** A page that a user opens to connect. Every holder of the link can use it, until it expires. */
export interface ConnectLink {
  readonly url: string;
  /** ISO 8601, UTC. */
  readonly expiresAt: string;
}

export interface LinkPorts {
  readonly keys: Pick<ServiceKeys, "current">;
  readonly credentials: Pick<CredentialStore, "load">;
  readonly table: { now(): number };
}

/**
 * @param authorizeUrl where the authorize function is, without a trailing slash
 * @returns refused where the app has another grant than OAuth 2.0
 * @throws {Failure} where a secret cannot be read
 */
export async function connectLink(
  { keys, credentials, table }: LinkPorts,
  authorizeUrl: string,
  { validDays, ...invitation }: LinkRequest,
  context: RequestContext,
): Promise<Result<ConnectLink, Credentials["grant"]>> {
  const { grant } = await credentials.load(invitation.app, context);
  if (grant !== "oauth2") return refused(grant);
  const serviceKey = await keys.current(context).catch((failure: unknown) => {
    throw failure instanceof TableFailure ? problemOfTable(failure, "connections_unavailable") : failure;
  });
  const expires = Math.floor(table.now()) + validDays * DAY_MS;
  const query = new URLSearchParams({ invitation: invite({ ...invitation, expires }, serviceKey) });
  // biome-ignore lint/style/noRestrictedGlobals: it formats the time that it is given and reads no clock.
  const expiresAt = new Date(expires).toISOString();
  return ok({ url: `${authorizeUrl}/connect?${query}`, expiresAt });
}
