import type { IncomingHttpHeaders } from "node:http";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { BoxToken, BoxTokenPair } from "../../schemas/protocol/token-response.ts";
import { ok, refused } from "../../schemas/result.ts";
import { type Instant, now } from "../broker/clock.ts";
import { heldToken } from "../broker/held-token.ts";
import type {
  AuthorizationCode,
  Clock,
  Credentials,
  ExchangeCode,
  ExchangeToken,
  GrantCredentials,
  GrantToken,
  Randomness,
  RefreshTokens,
  RequestContext,
  Restriction,
  RevokeToken,
  Subject,
} from "../broker/ports.ts";
import { logWarning, type WriteLine } from "../log/lines.ts";
import { assertionClaims } from "./assertion.ts";
import { type Connections, connectionsTo } from "./connections.ts";
import { type BoxCall, canMeanUser, isAboutCredentials } from "./errors.ts";
import { type HttpResponse, httpClient } from "./http-client.ts";
import { boxRequestIdOf } from "./request-id.ts";
import {
  authorizationCodeForm,
  clientCredentialsForm,
  exchangeForm,
  jwtGrantForm,
  refreshForm,
  revokeForm,
} from "./requests.ts";
import { readPairResponse, readRevocationResponse, readTokenResponse } from "./responses.ts";
import { acceptsToken, whoAmI } from "./users.ts";

/** `Date` has whole seconds and ages on the way, so a smaller difference means nothing. */
const NOTICEABLE_SKEW_MS = 2_000;
/** A clock further off than a day is not a clock: the header is ignored. */
const MAX_SKEW_MS = 86_400_000;

/** Box's token endpoint: one call, one POST. Throws a `Failure` with the translated code. */
export interface BoxTokenEndpoint {
  jwtGrant(credentials: Credentials, assertion: string, context: RequestContext): Promise<BoxToken>;
  clientCredentialsGrant(
    credentials: Credentials,
    subject: Subject,
    context: RequestContext,
  ): Promise<BoxToken>;
  exchange(token: string, restriction: Restriction, context: RequestContext): Promise<BoxToken>;
  /** Ends a token at Box (RFC 7009). */
  revoke(credentials: Credentials, token: string, context: RequestContext): Promise<void>;
  /** Whether Box's API accepts the access token. */
  accepts(token: string, context: RequestContext): Promise<boolean>;
  /** The base URL, for the cache key. */
  readonly baseUrl: string;
  /** Milliseconds by which Box's clock is ahead of ours, learnt from its `Date` headers. */
  clockOffset(): number;
}

/** Its half for the users of OAuth 2.0 apps. */
export interface BoxPairEndpoint {
  authorizationCode(
    credentials: Credentials,
    authorization: AuthorizationCode,
    context: RequestContext,
  ): Promise<BoxTokenPair>;
  refresh(credentials: Credentials, refreshToken: string, context: RequestContext): Promise<BoxTokenPair>;
}

/** Box's token endpoint over HTTPS (https://developer.box.com/reference/post-oauth2-token/). */
export function boxTokenEndpoint(
  baseUrl: string,
  clock: Clock,
  write: WriteLine,
): BoxTokenEndpoint & BoxPairEndpoint & Pick<Connections, "preconnect"> {
  const connections = connectionsTo(baseUrl, () => clock.wall());
  const send = httpClient(baseUrl, connections);
  let offset = 0;

  /** @param date of a response whose headers have arrived just now: its body can take seconds more */
  function learnClock({ date = "" }: Pick<IncomingHttpHeaders, "date">): void {
    const ahead = Date.parse(date) + 500 - clock.wall();
    if (!(Math.abs(ahead) <= MAX_SKEW_MS)) return;
    const learnt = Math.abs(ahead) < NOTICEABLE_SKEW_MS ? 0 : ahead;
    if (Math.abs(learnt - offset) >= NOTICEABLE_SKEW_MS) {
      logWarning(write, "Box's clock differs from ours; assertions follow Box's", {
        skew_seconds: Math.round(learnt / 1000),
      });
      offset = learnt;
    }
  }

  async function post(
    kind: BoxCall,
    path: string,
    form: string,
    context: RequestContext,
  ): Promise<HttpResponse> {
    const started = clock.monotonic();
    let status: number | string = "no_answer";
    let origin = {};
    try {
      const request = { method: "POST", path, body: form, onHeaders: learnClock } as const;
      const response = await send(request, context.deadline - started);
      status = response.status;
      origin = boxRequestIdOf(response);
      return response;
    } catch (failure) {
      if (failure instanceof Failure && status === "no_answer") status = failure.code;
      throw failure;
    } finally {
      context.trace.steps.push({ step: `box.${kind}`, ms: clock.monotonic() - started, status, ...origin });
    }
  }

  async function token(kind: BoxCall, form: string, context: RequestContext): Promise<BoxToken> {
    return readTokenResponse(kind, await post(kind, "/oauth2/token", form, context));
  }

  return {
    baseUrl,
    accepts: acceptsToken(whoAmI(baseUrl, clock, connections)),
    preconnect: connections.preconnect,
    clockOffset: () => offset,
    jwtGrant: (credentials, assertion, context) =>
      token("grant", jwtGrantForm(credentials, assertion), context),
    clientCredentialsGrant: (credentials, subject, context) =>
      token("grant", clientCredentialsForm(credentials, subject), context),
    exchange: (subjectToken, restriction, context) =>
      token("exchange", exchangeForm(subjectToken, restriction), context),
    async authorizationCode(credentials, authorization, context) {
      const form = authorizationCodeForm(credentials, authorization);
      return readPairResponse("code", await post("code", "/oauth2/token", form, context));
    },
    async refresh(credentials, refreshToken, context) {
      const form = refreshForm(credentials, refreshToken);
      return readPairResponse("refresh", await post("refresh", "/oauth2/token", form, context));
    },
    async revoke(credentials, token, context) {
      const form = revokeForm(credentials, token);
      readRevocationResponse(await post("revoke", "/oauth2/revoke", form, context));
    },
  };
}

/** The broker's ports to Box for the users of OAuth 2.0 apps, each of which is one POST. */
export function boxPairs(
  box: BoxPairEndpoint,
  clock: Clock,
): { readonly exchangeCode: ExchangeCode; readonly refresh: RefreshTokens } {
  const pairOf = ({ access, refreshToken }: BoxTokenPair, born: Instant) => ({
    access: heldToken(access, born),
    refreshToken,
  });
  return {
    async exchangeCode({ credentials, authorization }, context) {
      const born = now(clock);
      return pairOf(await box.authorizationCode(credentials, authorization, context), born);
    },
    async refresh({ credentials, refreshToken }, context) {
      const born = now(clock);
      return pairOf(await box.refresh(credentials, refreshToken, context), born);
    },
  };
}

/** The broker's ports to Box, each of which is one POST: an assertion is signed for each, with a `jti` of its own. */
export function boxTokens(
  box: BoxTokenEndpoint,
  { clock, random }: { readonly clock: Clock; readonly random: Randomness },
): { readonly grant: GrantToken; readonly exchange: ExchangeToken; readonly revoke: RevokeToken } {
  async function granted(credentials: GrantCredentials, subject: Subject, context: RequestContext) {
    if (credentials.grant === "client_credentials")
      return box.clientCredentialsGrant(credentials, subject, context);
    const boxTime = clock.wall() + box.clockOffset();
    const claims = assertionClaims(credentials.clientID, subject, boxTime, random.jti());
    return box.jwtGrant(credentials, await credentials.signer.sign(claims, context), context);
  }

  return {
    async grant({ credentials, subject }, context) {
      const born = now(clock);
      try {
        return ok(heldToken(await granted(credentials, subject, context), born));
      } catch (failure) {
        if (!(failure instanceof Failure && isAboutCredentials(failure.code))) throw failure;
        const canMean = canMeanUser(failure.code, subject);
        return refused({ failure, requestedAt: born.monotonic, canMeanUser: canMean });
      }
    },
    async exchange({ token, restriction }, context) {
      const born = now(clock);
      return heldToken(await box.exchange(token, restriction, context), born);
    },
    revoke: ({ credentials, token }, context) => box.revoke(credentials, token, context),
  };
}
