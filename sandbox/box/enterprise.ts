import { randomBytes } from "node:crypto";
import { delayOf, type Faults, faultsOf } from "../faults/faults.ts";
import { type RequestLog, requestLog } from "../http/request-log.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";
import { type Changes, changeFeed } from "./changes.ts";
import { boxClock, type Clock } from "./clock.ts";
import { type BoxFault, conditions } from "./conditions.ts";
import { type ConsoleTokens, consoleTokens, type ShownTokens } from "./console-tokens.ts";
import { downloadStore, type Tickets } from "./downloads.ts";
import { recordEvents } from "./events.ts";
import { parseForm } from "./form.ts";
import { type Authorizations, authorizationStore, type Codes } from "./oauth/authorizations.ts";
import { type Connections, connectionStore, type Pairs, type RefreshRotation } from "./oauth/connections.ts";
import { replayCache } from "./replay-cache.ts";
import { factsOf, type RequestFacts, type Sender } from "./request-facts.ts";
import { hasForm, operationOf, respond, type Serving } from "./routes.ts";
import { snapshotOf } from "./snapshot.ts";
import { activeUser, type BoxState, emptyState } from "./state.ts";
import { type AccessToken, type Tokens, tokenStore } from "./tokens.ts";
import { type SenderOptions, type WebhookSender, webhookSender } from "./webhooks/sender.ts";
import { type Deliveries, deliverChanges } from "./webhooks/subscriptions.ts";

export interface EnterpriseOptions {
  readonly state?: BoxState;
  /** Life of new tokens in seconds; default: any from 3600 to 4200, as seen at Box. */
  readonly expiresIn?: number | undefined;
  /** When a refresh ends the old pair; default `strict`. */
  readonly refreshRotation?: RefreshRotation | undefined;
  /** Schedule and timer of the deliveries. */
  readonly webhooks?: SenderOptions | undefined;
}

/** A Box of its own: what one of them has, issues or counts, no other one knows. It listens nowhere by itself. */
export interface Enterprise {
  readonly state: BoxState;
  readonly tokens: Tokens;
  /** Consents of users and their authorization codes. */
  readonly authorizations: Authorizations;
  /** Pairs of access and refresh tokens. */
  readonly connections: Connections;
  /** App Tokens and developer tokens. */
  readonly console: ConsoleTokens;
  /** Sends webhook events and Skill invocations. */
  readonly webhooks: WebhookSender;
  /** What the API's calls do. */
  readonly changes: Changes;
  /** What the webhooks of the API have been sent. */
  readonly deliveries: Deliveries;
  readonly faults: Faults<BoxFault>;
  /** Requests by operation: `token/jwt-bearer`, `token/token-exchange`, `revoke`, `authorize`, `api/users`. */
  readonly requests: RequestLog<RequestFacts>;
  /**
   * It shows in `Date` and in timestamps, and decides about `exp` and about the life of codes, tokens and links. Set
   * it ahead by days to see a connection expire.
   */
  readonly clock: Clock;
  /** `clock.now()`: in milliseconds since 1970. */
  now(): number;
  /** Life of new tokens in seconds; `undefined` varies it. */
  expiresIn: number | undefined;
  /** When a refresh ends the old pair. */
  refreshRotation: RefreshRotation;
  /** Makes what there is now the state that `reset()` goes back to; before the first call that is the initial one. */
  checkpoint(): void;
  /**
   * Goes back to the checkpoint: the state, tokens, codes, connections, download links, the replay cache and the two
   * settings above. Ends every fault, forgets requests and deliveries, and lets the clock follow the machine's.
   */
  reset(): void;
  /**
   * Responds to a request as Box does.
   * @param baseUrl what the client reaches this enterprise by, without a slash at its end
   */
  handle(request: HttpRequest, baseUrl: string): Promise<HttpResponse>;
}

/** What an enterprise has issued and seen. */
interface Memory {
  readonly tokens: Map<string, AccessToken>;
  readonly codes: Codes;
  readonly pairs: Pairs;
  readonly appTokens: ShownTokens;
  readonly tickets: Tickets;
  readonly replays: Set<string>;
}

const emptyMemory = (): Memory => ({
  tokens: new Map(),
  codes: new Map(),
  pairs: { byRefreshToken: new Map(), byAccessToken: new Map() },
  appTokens: new Map(),
  tickets: new Map(),
  replays: new Set(),
});

export function newEnterprise(options: EnterpriseOptions = {}): Enterprise {
  const clock = boxClock();
  const { now } = clock;
  const state = options.state ?? emptyState();
  const memory = emptyMemory();
  const tokens = tokenStore(now, memory.tokens);
  const replays = replayCache(memory.replays);
  const faults = faultsOf("box");
  const requests = requestLog<RequestFacts>();
  const changes = changeFeed();
  const webhooks = webhookSender(now, options.webhooks);
  recordEvents(changes, state);
  const deliveries = deliverChanges(changes, state, webhooks);
  let restore = () => {};
  const enterprise: Enterprise & Serving = {
    ...{ state, tokens, clock, now, faults, requests },
    authorizations: authorizationStore(state, now, memory.codes),
    connections: connectionStore(
      tokens,
      now,
      () => enterprise.refreshRotation,
      (userId) => activeUser(state, userId) !== undefined,
      memory.pairs,
    ),
    console: consoleTokens(tokens, now, memory.appTokens),
    ...{ webhooks, changes, deliveries },
    downloads: downloadStore(now, ({ id }) => state.items.has(id), memory.tickets),
    formKey: randomBytes(32),
    expiresIn: options.expiresIn,
    refreshRotation: options.refreshRotation ?? "strict",
    checkpoint() {
      const { expiresIn, refreshRotation } = enterprise;
      const putBack = snapshotOf([state, memory]);
      restore = () => {
        putBack();
        Object.assign(enterprise, { expiresIn, refreshRotation });
      };
    },
    reset() {
      restore();
      faults.clear();
      requests.clear();
      deliveries.clear();
      clock.reset();
    },
    async handle(request, baseUrl) {
      const form = hasForm(request) ? await parseForm(request) : new Map();
      const operation = operationOf(request, form);
      const finish = requests.arrived(operation);
      const requestId = randomBytes(17).toString("hex");
      const arrival = { time: new Date(now()).toISOString(), at: Date.now(), requestId };
      const sender: Sender = {};
      // Before any fault: Box's replay cache keeps the jti of a request that it then rate-limits.
      const replayed = replays.consume(form.get("assertion"));
      const applied = faults.apply(operation);
      const condition = conditions(applied, operation);
      await delayOf(condition.slow);
      const seconds = () => now() / 1_000 + condition.skewSeconds;
      const context = { form, replayed, condition, now: seconds(), baseUrl, sender };
      const response = condition.instead ?? condition.damage(await respond(enterprise, request, context));
      await delayOf(condition.slowAfter);
      const names = applied.map(({ name }) => name);
      finish(response.cut === "before" ? 0 : response.status, names, {
        ...factsOf(request, form),
        ...sender,
        ...arrival,
      });
      return withBoxHeaders(response, seconds() * 1_000, requestId);
    },
  };
  enterprise.checkpoint();
  return enterprise;
}

function withBoxHeaders(response: HttpResponse, now: number, requestId: string): HttpResponse {
  const headers = {
    Date: new Date(now).toUTCString(),
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000",
    "box-request-id": requestId,
    ...response.headers,
  };
  return { ...response, headers };
}
