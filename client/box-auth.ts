import { attempts } from "./attempts.ts";
import { type Clock, systemClock } from "./clock.ts";
import { clientError } from "./errors.ts";
import { post } from "./http.ts";
import { type Plan, planOf } from "./options.ts";
import { signedHeaders } from "./sigv4.ts";
import type { Members } from "./target.ts";
import { accessToken, type Token } from "./token.ts";
import { type Held, TokenKeeper } from "./token-keeper.ts";
import type { BoxAuth, BoxAuthOptions } from "./types.ts";

/**
 * An `auth` for `new BoxClient({ auth })` whose tokens come from a token function: kept in memory until shortly
 * before they end, asked for once by however many calls, and replaced when Box refuses one. Does no I/O itself.
 * @throws BoxStsError `invalid_options`
 */
export function boxAuth(options: BoxAuthOptions): BoxAuth {
  return authOf(planOf(options), systemClock);
}

/** @param clock the system's, but for tests. */
export function authOf(plan: Plan, clock: Clock): BoxAuth {
  const ask = (members: Members): Promise<Token> =>
    attempts((left) => askOnce(plan, members, left), plan.timeoutMs, clock);
  const keeper = new TokenKeeper(
    (rejected) =>
      ask({ ...plan.members, ...(rejected === undefined ? {} : { rejected_token_sha256: rejected }) }),
    clock,
    plan.minTtl,
  );
  return {
    retrieveToken: async () => inSdkWords(await keeper.current()),
    refreshToken: async (_session, refused) => inSdkWords(await keeper.replace(refused)),
    retrieveAuthorizationHeader: async () => `Bearer ${(await keeper.current()).token.value}`,
    async revokeToken() {
      keeper.forget();
      throw clientError("revoke_unsupported");
    },
    async downscopeToken(scopes, resource, sharedLink) {
      if (sharedLink !== undefined) throw clientError("shared_link_unsupported");
      const token = await ask(narrowed(plan.members, scopes, resource));
      return accessToken(token, token.expiresIn);
    },
  };
}

const inSdkWords = ({ token, secondsLeft }: Held) => accessToken(token, secondsLeft);

async function askOnce(
  { target, credentials }: Plan,
  members: Members,
  millisecondsLeft: number,
): Promise<Token> {
  const started = performance.now();
  const signer = await inTime(credentials(), millisecondsLeft);
  const unsigned = target.request(members);
  const { host: _, ...headers } = signedHeaders(unsigned, target.region, signer, new Date());
  const left = Math.max(millisecondsLeft - (performance.now() - started), 1);
  const answer = await post(unsigned.url, headers, unsigned.body, left);
  const { secretAccessKey, sessionToken = secretAccessKey } = signer;
  const signature = headers.authorization?.split("Signature=")[1] ?? secretAccessKey;
  return target.read(answer, [secretAccessKey, sessionToken, signature]);
}

/** A provider of credentials may ask somebody who does not answer. @throws BoxStsError `timed_out` */
function inTime<Value>(work: Promise<Value>, milliseconds: number): Promise<Value> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(clientError("timed_out", "(It was waited for AWS credentials.)")),
      milliseconds,
    );
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The members for a token within the one that `members` ask for. @throws BoxStsError `scope_too_wide` */
function narrowed(members: Members, scopes: readonly string[], resource: string | undefined): Members {
  const own = members.scope?.split(" ");
  if (scopes.length === 0 || scopes.some((scope) => own?.includes(scope) === false)) {
    throw clientError("scope_too_wide");
  }
  return { ...members, scope: scopes.join(" "), ...(resource === undefined ? {} : { resource }) };
}
