import { Failure } from "../../schemas/protocol/problems.ts";
import { elapsed, type Instant, now } from "./clock.ts";
import { type ExchangeableTokens, requireShared } from "./full-tokens.ts";
import { heldToken, tokenSha256 } from "./held-token.ts";
import type { Minted } from "./other-versions.ts";
import type { AppTokenCredentials, Call, Clock, CredentialStore, RequestContext } from "./ports.ts";
import { FINAL_SECONDS, remembered } from "./refusal-memory.ts";
import { withRetryAfter } from "./replace-refused-token.ts";
import type { FullTokenNeed } from "./token-source.ts";

/** How long a token that Box has refused is not tested again while another one works. */
const PAUSE_MS = 300_000;
/** How long a token that Box has accepted is not tested again. */
const PROVEN_MS = 10_000;
/** After what time a caller of a full App Token requests it again: the tokens themselves do not expire. */
const LIFETIME_SECONDS = 3_600;

export const APP_TOKEN_SLOTS = ["primary", "secondary"] as const;
export type AppTokenSlot = (typeof APP_TOKEN_SLOTS)[number];

/** Which App Token of an app is in use. */
export type AppTokenInUse = AppTokenSlot | "none";

export interface AppTokenPorts {
  readonly credentials: Pick<CredentialStore, "alternative" | "accepted">;
  /** Whether Box accepts the access token; throws a `Failure` where that is not known. */
  readonly accepts: Call<string, boolean>;
  readonly clock: Clock;
  /** Called once for each change in this environment; the primary one is in use at first. */
  readonly onChange: (app: string, inUse: AppTokenInUse) => void;
}

type Need = FullTokenNeed<AppTokenCredentials>;
type Use<Value> = (parent: Minted) => Promise<Value>;

/**
 * The App Tokens of apps with Limited Access: the primary one; while Box refuses it, the secondary one; if Box refuses
 * both, those of the other versions of the secret, the newest first. Only Box's API decides that a token is refused: what a
 * caller reports, or an exchange, is tested first.
 */
export class AppTokens implements ExchangeableTokens<AppTokenCredentials> {
  readonly #ports: AppTokenPorts;
  /** When Box refused a token that it has not accepted since, by its hash; undefined where it is due for a test. */
  readonly #refused = new Map<string, Instant | undefined>();
  /** When Box accepted a token in a test, by its hash. */
  readonly #proven = new Map<string, Instant>();
  /** When Box had refused every token, by app and version of the secret. */
  readonly #exhausted = new Map<string, Instant>();
  readonly #inUse = new Map<string, AppTokenInUse>();

  constructor(ports: AppTokenPorts) {
    this.#ports = ports;
  }

  /** @throws {Failure} `app_tokens_refused` */
  async obtain(need: Need, context: RequestContext) {
    requireShared(need);
    const minted = await this.#firstAccepted(need, context, LIFETIME_SECONDS, async (minted) => {
      await this.#checkReplacement(minted, need, context);
      return minted;
    });
    return { ...minted, cache: "hit" as const };
  }

  /** @throws {Failure} `app_tokens_refused`, or what `exchange` throws, also where only that refuses each token */
  async forExchange<Value>(need: Need, context: RequestContext, exchange: Use<Value>): Promise<Value> {
    // The token does not end, so it does not limit the life of what is exchanged from it.
    return this.#firstAccepted(need, context, Number.POSITIVE_INFINITY, exchange);
  }

  async #firstAccepted<Value>(need: Need, context: RequestContext, lifetime: number, use: Use<Value>) {
    const { credentials: store, clock } = this.#ports;
    const { app } = need.credentials;
    this.#checkExhausted(need.credentials);
    const since = clock.monotonic();
    const tried = new Set<string>();
    let { credentials } = need;
    for (;;) {
      const used = await this.#useOneOf({ ...need, credentials }, context, lifetime, use);
      if ("value" in used) {
        if (tried.size > 0) store.accepted(credentials);
        return used.value;
      }
      if (used.temporary !== undefined) throw withRetryAfter(used.temporary);
      tried.add(credentials.versionId);
      const next = await store.alternative(app, tried, since, context);
      if (next?.grant !== "app_token" || next.enterpriseID !== need.subject.id) break;
      credentials = next;
    }
    this.#exhausted.set(versionKey(need.credentials), now(clock));
    this.#change(app, "none");
    throw refusedAll("Box refused each of the App Tokens");
  }

  /** @returns the value; where Box accepts no token, the last refusal that is temporary, if there is one */
  async #useOneOf<Value>(
    { credentials, rejectedSha256 }: Need,
    context: RequestContext,
    lifetime: number,
    use: Use<Value>,
  ): Promise<{ readonly value: Value } | { readonly temporary: Failure | undefined }> {
    const { clock } = this.#ports;
    let temporary: Failure | undefined;
    for (const [slot, accessToken] of await this.#usable(credentials, rejectedSha256, context)) {
      const fields = { access_token: accessToken, expires_in: lifetime, restricted_to: [] };
      const token = heldToken(fields, now(clock));
      try {
        const value = await use({ token, credentials });
        this.#noteUse(credentials, slot, context);
        return { value };
      } catch (failure) {
        if (await this.#isRefusedBy(failure, accessToken, context)) {
          this.#refused.set(token.sha256, now(clock));
        } else if (isTemporary(failure)) temporary = failure;
        else throw failure;
      }
    }
    return { temporary };
  }

  /**
   * The tokens that Box has not refused lately. One that it refused before is used again only if it accepts it; one that the
   * caller reports comes last, and only if Box does not refuse it.
   */
  async #usable(
    { appTokens }: AppTokenCredentials,
    rejectedSha256: string | undefined,
    context: RequestContext,
  ) {
    const tokens = APP_TOKEN_SLOTS.flatMap((slot) => {
      const accessToken = appTokens[slot]?.token;
      return accessToken === undefined ? [] : [[slot, accessToken] as const];
    });
    const isReported = ([, token]: (typeof tokens)[number]) => tokenSha256(token) === rejectedSha256;
    for (const each of tokens) {
      const [, token] = each;
      const wasRefused = this.#refused.has(tokenSha256(token));
      if (this.#isRefused(token) || !(wasRefused || isReported(each))) continue;
      // What the test does not show is as it was.
      const isAccepted = (await known(this.#passesTest(token, context))) ?? !wasRefused;
      if (!isAccepted) this.#refused.set(tokenSha256(token), now(this.#ports.clock));
    }
    return tokens
      .filter(([, token]) => !this.#isRefused(token))
      .toSorted((one, other) => Number(isReported(one)) - Number(isReported(other)));
  }

  /**
   * Whether the failure of an exchange means the token. A response 401 without words can mean the scopes as well, and Box
   * refuses to exchange a token now and then that it accepts.
   * @throws {Failure} of the test, where its result would decide: it is temporary, and a refusal of the scopes would be final
   */
  async #isRefusedBy(failure: unknown, accessToken: string, context: RequestContext): Promise<boolean> {
    if (!(failure instanceof Failure && failure.suspectsToken)) return false;
    // A token counts as refused only where Box's API refuses it.
    if (isTemporary(failure)) return (await known(this.#passesTest(accessToken, context))) === false;
    return !(await this.#passesTest(accessToken, context));
  }

  /**
   * A caller whose token Box refused gets no other one that Box refuses too: an operator may have replaced both. No
   * exchange shows that of a full token.
   * @throws {Failure} which means the token; where Box's API does not respond, the token is given
   */
  async #checkReplacement({ token }: Minted, { rejectedSha256 }: Need, context: RequestContext) {
    if (rejectedSha256 === undefined || rejectedSha256 === token.sha256) return;
    // Not remembered, so that the token is tested again where it is reported next.
    if ((await known(this.#ports.accepts(token.token.access_token, context))) === false) {
      throw new Failure("box_token_refused", "Box refuses the other App Token too", { suspectsToken: true });
    }
  }

  /** Whether Box accepts the token, or did a moment ago. @throws {Failure} where that is not known */
  async #passesTest(accessToken: string, context: RequestContext): Promise<boolean> {
    const { accepts, clock } = this.#ports;
    const sha256 = tokenSha256(accessToken);
    const provenAt = this.#proven.get(sha256);
    if (provenAt !== undefined && elapsed(clock, provenAt) < PROVEN_MS) return true;
    if (!(await accepts(accessToken, context))) return false;
    this.#proven.set(sha256, now(clock));
    this.#refused.delete(sha256);
    return true;
  }

  #isRefused(accessToken: string): boolean {
    const at = this.#refused.get(tokenSha256(accessToken));
    return at !== undefined && elapsed(this.#ports.clock, at) < PAUSE_MS;
  }

  /** Remembers that Box had refused every token for as long as other final refusals; then each is tested again. */
  #checkExhausted(credentials: AppTokenCredentials): void {
    const key = versionKey(credentials);
    const at = this.#exhausted.get(key);
    if (at === undefined) return;
    if (elapsed(this.#ports.clock, at) < FINAL_SECONDS * 1_000) {
      throw remembered(refusedAll("Box refused each of the App Tokens"), 0);
    }
    this.#exhausted.delete(key);
    for (const slot of APP_TOKEN_SLOTS) {
      const sha256 = tokenSha256(credentials.appTokens[slot]?.token ?? "");
      if (this.#refused.has(sha256)) this.#refused.set(sha256, undefined);
    }
  }

  #noteUse({ app, appTokens }: AppTokenCredentials, slot: AppTokenSlot, context: RequestContext): void {
    const isFallback = slot === "secondary" && this.#isRefused(appTokens.primary.token);
    if (isFallback) context.trace.appTokenFallback = true;
    this.#change(app, isFallback ? "secondary" : "primary");
  }

  #change(app: string, inUse: AppTokenInUse): void {
    if ((this.#inUse.get(app) ?? "primary") === inUse) return;
    this.#inUse.set(app, inUse);
    this.#ports.onChange(app, inUse);
  }
}

/** Whether Box may exchange another token at once, and the same one a moment later. */
const isTemporary = (failure: unknown): failure is Failure =>
  failure instanceof Failure && failure.suspectsToken && failure.code === "box_token_refused";

/** Whether Box accepts a token; undefined where the test does not show that. */
const known = (test: Promise<boolean>): Promise<boolean | undefined> =>
  test.catch((failure: unknown) => {
    if (failure instanceof Failure) return undefined;
    throw failure;
  });

const versionKey = ({ app, versionId }: AppTokenCredentials) => `${app} ${versionId}`;

const refusedAll = (detail: string) => new Failure("app_tokens_refused", detail);
