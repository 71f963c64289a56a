import { authOf } from "../../client/box-auth.ts";
import { systemClock } from "../../client/clock.ts";
import type { BoxAuthOptions } from "../../client/index.ts";
import { parseOptions } from "../../client/options.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import { type Refusal, refusalOf, writtenRegion } from "../refusal.ts";
import { awsCredentials } from "./aws-credentials.ts";

/** The parameters of a token request, by the names of the HTTP API. */
export type TokenParameters = Readonly<Record<string, string>>;

/** A token by the names of RFC 6749, from wherever it comes. */
export interface PrintedToken {
  readonly access_token: string;
  readonly token_type: "bearer";
  /** Seconds. */
  readonly expires_in: number;
  readonly restricted_to?: readonly unknown[];
}

/** Why there is no token. */
export interface NoToken extends Refusal {
  /** The command line or a file is wrong, and nothing was requested. */
  readonly isMisuse: boolean;
}

/** A token of a deployed function, with the AWS credentials of this shell. */
export async function tokenOfDeployment(
  options: BoxAuthOptions,
  env: NodeJS.ProcessEnv,
): Promise<Result<PrintedToken, NoToken>> {
  let region = writtenRegion(options.region, env);
  try {
    const settings = parseOptions({ ...options, credentials: awsCredentials(env) }, env);
    region = settings.target.region;
    const auth = authOf(settings, systemClock);
    const { accessToken, expiresIn, restrictedTo } = await auth.retrieveToken();
    return ok({
      access_token: accessToken,
      token_type: "bearer",
      expires_in: expiresIn,
      ...(restrictedTo !== undefined && { restricted_to: restrictedTo }),
    });
  } catch (error) {
    const refusal = refusalOf(error, region);
    return refused({ ...refusal, isMisuse: refusal.code === "invalid_options" });
  }
}
