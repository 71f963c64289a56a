import { BoxRefusal, demand, type WireErrorName } from "../errors.ts";
import { authenticateClient, type GrantRequest } from "../grant-request.ts";

/** No browser can log in here yet, so every code is one that Box does not know. */
export const authorizationCode = (request: GrantRequest): never => refuse(request, "authorizationCode");

/** For the same reason every refresh token is unknown. */
export const refreshToken = (request: GrantRequest): never => refuse(request, "refreshToken");

function refuse(request: GrantRequest, reason: WireErrorName): never {
  const app = authenticateClient(request);
  demand(app.authentication === "oauth2", "grantTypeUnauthorized");
  throw new BoxRefusal(reason);
}
