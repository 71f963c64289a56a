import { authOf } from "../../client/box-auth.ts";
import { systemClock } from "../../client/clock.ts";
import { BoxStsError } from "../../client/errors.ts";
import type { BoxAuthOptions } from "../../client/index.ts";
import { parseOptions } from "../../client/options.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
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
export interface NoToken {
  readonly code: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  readonly retryable: boolean;
  readonly request_id?: string;
  /** The command line or a file is wrong, and nothing was requested. */
  readonly isMisuse: boolean;
}

/** A token of a deployed function, with the AWS credentials of this shell. */
export async function tokenOfDeployment(
  options: BoxAuthOptions,
  env: NodeJS.ProcessEnv,
): Promise<Result<PrintedToken, NoToken>> {
  try {
    const auth = authOf(parseOptions({ ...options, credentials: awsCredentials(env) }, env), systemClock);
    const { accessToken, expiresIn, restrictedTo } = await auth.retrieveToken();
    return ok({
      access_token: accessToken,
      token_type: "bearer",
      expires_in: expiresIn,
      ...(restrictedTo !== undefined && { restricted_to: restrictedTo }),
    });
  } catch (error) {
    if (!(error instanceof BoxStsError)) throw error;
    const { code, message, retryable, requestId } = error;
    const isMisuse = code === "invalid_options";
    return refused({ code, message, retryable, isMisuse, ...(requestId && { request_id: requestId }) });
  }
}
