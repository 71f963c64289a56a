import { attempts } from "./attempts.ts";
import { type Clock, systemClock } from "./clock.ts";
import { clientError } from "./errors.ts";
import { post } from "./http.ts";
import { type ClientSettings, parseOptions } from "./options.ts";
import { signedHeaders } from "./sigv4.ts";
import { fromSkillEvent } from "./skill-auth.ts";
import type { Operation, TokenParameters } from "./target.ts";
import { accessToken, type Token } from "./token.ts";
import { type HeldToken, TokenKeeper } from "./token-keeper.ts";
import type { BoxAuth, BoxAuthOptions } from "./types.ts";

/**
 * Makes an `auth` for `new BoxClient({ auth })` of box-node-sdk 10 that gets its tokens from a token function. It
 * caches each token in memory until shortly before it expires, shares one request between concurrent calls, and
 * requests another token when Box rejects one. Creating it does no I/O.
 * @param options the function, by `url` or by `functionName` and `alias`, and which token to request from it
 * @throws BoxStsError `invalid_options`, which names the option
 * @example
 * ```ts
 * import { BoxClient } from "box-node-sdk";
 * import { boxAuth } from "box-sts/client";
 *
 * const { BOX_STS_FUNCTION: functionName = "" } = process.env;
 * const client = new BoxClient({ auth: boxAuth({ functionName, alias: "nightly-sync" }) });
 * console.log((await client.users.getUserMe()).login);
 * ```
 */
export function boxAuth(options: BoxAuthOptions): BoxAuth {
  return authOf(parseOptions(options), systemClock);
}

boxAuth.fromSkillEvent = fromSkillEvent;

/** @param clock the system's, except in tests */
export function authOf(settings: ClientSettings, clock: Clock): BoxAuth {
  const { target, timeoutMs, parameters } = settings;
  const call = <Parameters, Value>(
    operation: Operation<Parameters, Value>,
    sent: Parameters,
    secrets: readonly string[] = [],
  ) => attempts((left) => callOnce(settings, operation, sent, left, secrets), timeoutMs, clock);
  const requestToken = (sent: TokenParameters): Promise<Token> => call(target.token, sent);
  const keeper = new TokenKeeper(
    {
      requestToken: (rejected) =>
        requestToken({
          ...parameters,
          ...(rejected === undefined ? {} : { rejected_token_sha256: rejected }),
        }),
      revokeToken: (token) => call(target.revocation, { token }, [token]),
    },
    clock,
    settings.minTtl,
  );
  return {
    retrieveToken: async () => toSdkToken(await keeper.current()),
    refreshToken: async (_session, refused) => toSdkToken(await keeper.replace(refused)),
    retrieveAuthorizationHeader: async () => `Bearer ${(await keeper.current()).token.value}`,
    async revokeToken(_session, token) {
      await (token === undefined ? keeper.revoke() : keeper.revokeNamed(token));
      return undefined;
    },
    async downscopeToken(scopes, resource, sharedLink) {
      if (sharedLink !== undefined) throw clientError("shared_link_unsupported");
      const token = await requestToken(narrowedTo(parameters, scopes, resource));
      return accessToken(token, token.expiresIn);
    },
  };
}

const toSdkToken = ({ token, secondsLeft }: HeldToken) => accessToken(token, secondsLeft);

/** @param secrets what of the request no error may quote, even where the response echoes it */
async function callOnce<Parameters, Value>(
  { target, credentials }: ClientSettings,
  operation: Operation<Parameters, Value>,
  sent: Parameters,
  millisecondsLeft: number,
  secrets: readonly string[],
): Promise<Value> {
  const started = performance.now();
  const signer = await inTime(credentials(), millisecondsLeft);
  const unsigned = operation.request(sent);
  const { host: _, ...headers } = signedHeaders(unsigned, target.region, signer, new Date());
  const left = Math.max(millisecondsLeft - (performance.now() - started), 1);
  const response = await post(unsigned.url, headers, unsigned.body, left);
  const { secretAccessKey, sessionToken = secretAccessKey } = signer;
  const signature = headers.authorization?.split("Signature=")[1] ?? secretAccessKey;
  return operation.read(response, [secretAccessKey, sessionToken, signature, ...secrets]);
}

/** A credential provider may wait for a service that does not respond. @throws BoxStsError `timed_out` */
function inTime<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(clientError("timed_out", "(The provider of AWS credentials did not respond.)")),
      milliseconds,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The parameters of a token that is narrower than the one of `parameters`. @throws BoxStsError `scope_too_wide` */
function narrowedTo(
  parameters: TokenParameters,
  scopes: readonly string[],
  resource: string | undefined,
): TokenParameters {
  const own = parameters.scope?.split(" ");
  if (scopes.length === 0 || scopes.some((scope) => own?.includes(scope) === false)) {
    throw clientError("scope_too_wide");
  }
  return { ...parameters, scope: scopes.join(" "), ...(resource === undefined ? {} : { resource }) };
}
