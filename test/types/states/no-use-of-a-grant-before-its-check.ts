// must not compile: TS2339
import type { GrantToken } from "../../../functions/broker/ports.ts";

export async function tokenOf(grant: GrantToken, ...request: Parameters<GrantToken>): Promise<string> {
  return (await grant(...request)).value.sha256;
}
