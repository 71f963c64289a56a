import type { OAuthCredentials, RequestContext, RevokeToken } from "../ports.ts";

/** How long a request waits for the end of a pair that another one has replaced. */
export const END_MS = 3_000;

export interface EndPorts {
  readonly revoke: RevokeToken;
  /** Box did not confirm the end of a pair that is stored nowhere: it dies after 60 days. */
  readonly onUnended: (app: string) => void;
}

/** Ends a pair at Box by its refresh token. Never rejects. */
export async function endPair(
  { revoke, onUnended }: EndPorts,
  refreshToken: string,
  credentials: OAuthCredentials,
  context: RequestContext,
): Promise<void> {
  await revoke({ credentials, token: refreshToken }, context).catch(() => onUnended(credentials.app));
}
