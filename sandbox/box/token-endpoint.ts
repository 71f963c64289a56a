import { BoxRefusal } from "./errors.ts";
import type { Form } from "./form.ts";
import type { Granted, GrantRequest } from "./grant-request.ts";
import { authorizationCode } from "./grants/authorization-code.ts";
import { clientCredentials } from "./grants/client-credentials.ts";
import { jwtBearer } from "./grants/jwt-bearer.ts";
import { refreshToken } from "./grants/refresh-token.ts";
import { tokenExchange } from "./grants/token-exchange.ts";

/** Grants by their short name, with their `grant_type`. */
export const GRANTS = {
  "jwt-bearer": ["urn:ietf:params:oauth:grant-type:jwt-bearer", jwtBearer],
  client_credentials: ["client_credentials", clientCredentials],
  "token-exchange": ["urn:ietf:params:oauth:grant-type:token-exchange", tokenExchange],
  authorization_code: ["authorization_code", authorizationCode],
  refresh_token: ["refresh_token", refreshToken],
} as const satisfies Record<string, readonly [string, (request: GrantRequest) => Granted | Promise<Granted>]>;

type GrantName = keyof typeof GRANTS;

/** The short name of the requested grant. */
export function grantName(form: Form): GrantName | undefined {
  const names = Object.keys(GRANTS) as GrantName[];
  return names.find((name) => GRANTS[name][0] === form.get("grant_type"));
}

/** The properties of the token response. @throws BoxRefusal */
export async function grant(request: GrantRequest): Promise<Granted> {
  const name = grantName(request.form);
  if (name === undefined) throw new BoxRefusal("grantTypeMissing");
  return GRANTS[name][1](request);
}
