import { Failure } from "../../schemas/protocol/problems.ts";
import type { HeldToken } from "./held-token.ts";
import type { Minted } from "./other-versions.ts";
import type { Credentials, RequestContext } from "./ports.ts";
import type { FullTokenNeed, ObtainedToken } from "./token-source.ts";

/** Where the full tokens of a kind of app come from. */
export interface FullTokens<AppCredentials extends Credentials = Credentials> {
  /** @throws {Failure} */
  obtain(need: FullTokenNeed<AppCredentials>, context: RequestContext): Promise<ObtainedToken>;
  /** Another token instead of one that Box refuses; the same for all who report it. Throws a `Failure`. */
  replace(refused: HeldToken, need: FullTokenNeed<AppCredentials>, context: RequestContext): Promise<Minted>;
}

/** Full tokens as callers and exchanges need them. */
export interface ExchangeableTokens<AppCredentials extends Credentials = Credentials>
  extends Pick<FullTokens<AppCredentials>, "obtain"> {
  /**
   * Runs `exchange` with a full token, and again with another one where Box refuses the first. Throws a `Failure`: what
   * `exchange` throws, if another token would not help.
   */
  forExchange<Value>(
    need: FullTokenNeed<AppCredentials>,
    context: RequestContext,
    exchange: (parent: Minted) => Promise<Value>,
  ): Promise<Value>;
}

type Grant = Credentials["grant"];

/** The sources by kind of app. */
export type FullTokensByGrant = {
  readonly [Kind in Grant]: ExchangeableTokens<Extract<Credentials, { readonly grant: Kind }>>;
};

/** The full tokens of every kind of app, each from its own source. */
export function fullTokens(sources: FullTokensByGrant): ExchangeableTokens {
  // The source of a need's kind takes needs of that kind.
  const sourceOf = ({ credentials }: FullTokenNeed) => sources[credentials.grant] as ExchangeableTokens;
  return {
    obtain: (need, context) => sourceOf(need).obtain(need, context),
    forExchange: (need, context, exchange) => sourceOf(need).forExchange(need, context, exchange),
  };
}

/** @throws {Failure} where the policy isolates a token of which the app has only one */
export function requireShared({ isolatedFor }: FullTokenNeed): void {
  if (isolatedFor === undefined) return;
  throw new Failure(
    "isolation_not_possible",
    "the statement isolates a full token of which there is only one",
  );
}

/** Whether all downscoped tokens of a subject come of a full token that the service cannot have granted again. */
export const hasOneFullToken = ({ grant }: Credentials) => grant === "oauth2" || grant === "app_token";
