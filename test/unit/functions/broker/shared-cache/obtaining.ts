import { randomUUID } from "node:crypto";
import type { HeldToken } from "../../../../../functions/broker/held-token.ts";
import type { RequestContext } from "../../../../../functions/broker/ports.ts";
import { ServiceKeys } from "../../../../../functions/broker/shared-cache/service-keys.ts";
import {
  type SharedTokenRequest,
  SharedTokens,
} from "../../../../../functions/broker/shared-cache/shared-tokens.ts";
import type { TableItem } from "../../../../../functions/broker/shared-cache/table.ts";
import { type Instance, Instances } from "../../../../support/instances.ts";
import { VirtualClock } from "../../../../support/virtual-clock.ts";

const CACHE_KEY = "cache-key";
/** The item of the token that all requests are for. */
export const ITEM = `token#${CACHE_KEY}`;
export const ISSUED = {
  cacheKey: CACHE_KEY,
  app: "reports",
  subject: { type: "enterprise", id: "1" },
} as const;

/** The Box app of all tokens. */
export const CREDENTIALS = { clientID: "client-1" } as const;

/** What the table then has of each token. */
export const DESCRIPTION = { ...ISSUED, ...CREDENTIALS };

export interface Minted {
  readonly token: HeldToken;
  readonly credentials: { readonly clientID: string };
}

type Request = SharedTokenRequest<Minted>;

type Options = Partial<Pick<Request, "serves" | "isDue" | "held" | "mint" | "secretVersion">> & {
  readonly context?: RequestContext;
  readonly tokens?: SharedTokens;
};

/** Requests for one token, by instances that share a table. */
export class Obtaining {
  readonly clock = new VirtualClock();
  readonly instances = new Instances(this.clock);
  readonly table = this.instances.table;
  /** What each mint was given to replace, in order. */
  readonly replaced: (HeldToken | undefined)[] = [];
  /** When each mint began, by the monotonic clock. */
  readonly begun: number[] = [];
  /** Milliseconds that each mint takes. */
  mintMs = 300;

  /** An instance with other randomness than those of `instances`: it determines the pauses between polls. */
  withFraction(fraction: number): SharedTokens {
    const { clock, table } = this;
    const keys = new ServiceKeys((stage) => this.instances.secret.read(stage), clock);
    return new SharedTokens({ table, keys, clock, random: { jti: randomUUID, fraction: () => fraction } });
  }

  /** Begins a request; the clock does not move. Accepts every token with 300 s left, of which none is due. */
  async begin(options: Options = {}, instance: Instance = this.instances.start()): Promise<HeldToken> {
    const { context = instance.context(), tokens = instance.tokens, ...others } = options;
    const request: Request = {
      ...{ issued: ISSUED, held: undefined, secretVersion: "v1" },
      serves: (token) => instance.lifeLeft(token) >= 300,
      isDue: () => false,
      mint: (present) => this.mint(present, instance),
      ...others,
    };
    const obtained = await tokens.obtain(request, context);
    return "token" in obtained ? obtained.token : obtained.minted.token;
  }

  /** The name of a request's token, after as much time as it takes. */
  async name(options?: Options, instance?: Instance): Promise<string> {
    return nameOf(await this.clock.finish(this.begin(options, instance)));
  }

  /** A mint that succeeds: `token-1`, `token-2`… */
  async mint(present: HeldToken | undefined, instance: Instance): Promise<Minted> {
    this.begun.push(this.clock.monotonic());
    const token = instance.newToken(`token-${this.replaced.push(present)}`);
    await this.clock.sleep(this.mintMs);
    return { token, credentials: CREDENTIALS };
  }

  /** The item of the token, which must exist. */
  get item(): TableItem {
    const item = this.table.items.get(ITEM);
    if (item === undefined) throw new Error("The table has no item.");
    return item;
  }

  /** Another instance's lease, which ends so many milliseconds after now by the table's clock. */
  lease(until: number, fence = 7): TableItem {
    const item = {
      fence,
      writer: "another instance",
      deleteAfter: 0,
      lease: { until: this.table.now() + until },
    };
    this.table.items.set(ITEM, item);
    return item;
  }
}

export const nameOf = ({ token }: HeldToken) => token.access_token;
