import type { BoxTokenEndpoint } from "../../functions/box/client.ts";
import type { Credentials, RequestContext, Restriction, Subject } from "../../functions/broker/ports.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { BoxToken } from "../../schemas/protocol/token-response.ts";
import { LATENCIES, TOKEN_LIFETIME_SECONDS } from "./assumptions.ts";
import { type Faults, isLost } from "./faults.ts";
import type { Nature } from "./nature.ts";

/** One POST to Box's token endpoint. */
export interface Post {
  /** Milliseconds since the start. */
  readonly at: number;
  readonly kind: "grant" | "exchange";
  readonly subject: string;
  readonly result: "token" | "lost" | "refused";
}

/** Box's token endpoint. An assertion is the subject's id, and a token begins with it. */
export class SimulatedBox implements BoxTokenEndpoint {
  readonly baseUrl = "https://api.box.com";
  readonly posts: Post[] = [];
  readonly #nature: Nature;
  readonly #faults: Faults;

  constructor(nature: Nature, faults: Faults) {
    this.#nature = nature;
    this.#faults = faults;
  }

  clockOffset(): number {
    return 0;
  }

  /** @param subject its id */
  grant(subject: string, context: RequestContext): Promise<BoxToken> {
    return this.#respond("grant", subject, context);
  }

  jwtGrant(_credentials: Credentials, assertion: string, context: RequestContext): Promise<BoxToken> {
    return this.grant(assertion, context);
  }

  clientCredentialsGrant(_: Credentials, { id }: Subject, context: RequestContext): Promise<BoxToken> {
    return this.grant(id, context);
  }

  exchange(token: string, restriction: Restriction, context: RequestContext): Promise<BoxToken> {
    return this.#respond("exchange", subjectOf(token), context, restriction);
  }

  async accepts(): Promise<boolean> {
    return true;
  }

  async revoke(): Promise<void> {}

  async #respond(
    kind: Post["kind"],
    subject: string,
    { trace }: RequestContext,
    restriction?: Restriction,
  ): Promise<BoxToken> {
    const { clock, random } = this.#nature;
    const at = clock.monotonic();
    const retryAfter = this.#faults.retryAfter(at);
    const hasNoResponse = retryAfter === undefined && isLost(this.#faults, this.posts.length + 1);
    const result = retryAfter !== undefined ? "refused" : hasNoResponse ? "lost" : "token";
    const number = this.posts.push({ at, kind, subject, result });
    const took = this.#nature.draw(LATENCIES.boxToken);
    await clock.sleep(took);
    const status = result === "token" ? 200 : result === "refused" ? 429 : "no_answer";
    trace.steps.push({ step: `box.${kind}`, ms: took, status, boxRequestId: "0".repeat(34) });
    if (retryAfter !== undefined) throw new Failure("box_rate_limited", "Box: 429", { retryAfter });
    if (hasNoResponse) throw new Failure("box_unavailable", "the connection to Box was closed");
    const { shortest, longest } = TOKEN_LIFETIME_SECONDS;
    const access_token = `${subject}.${String(number).padStart(40, "0")}`;
    const expires_in = shortest + random.below(longest - shortest + 1);
    if (restriction === undefined) return { access_token, expires_in, restricted_to: [] };
    const restricted_to = restriction.scopes.map((scope) => ({ scope, object: { type: "folder", id: "1" } }));
    const issued_token_type = "urn:ietf:params:oauth:token-type:access_token";
    return { access_token, expires_in, restricted_to, issued_token_type };
  }
}

const subjectOf = (token: string): string => token.slice(0, token.indexOf("."));

/** The most POSTs that any one subject caused within the time, at whatever moment it begins. */
export function mostWithin(posts: readonly Post[], milliseconds: number): number {
  let most = 0;
  for (const times of Map.groupBy(posts, ({ subject }) => subject).values()) {
    let from = 0;
    for (const [until, { at }] of times.entries()) {
      while ((times[from]?.at ?? at) <= at - milliseconds) from++;
      most = Math.max(most, until - from + 1);
    }
  }
  return most;
}
