import { Failure } from "../../../schemas/protocol/problems.ts";
import { ok, type Result, refused } from "../../../schemas/result.ts";
import type { AuditRecord } from "../audit-record.ts";
import type { Refusal } from "../decide.ts";
import { withEachVersion } from "../each-version.ts";
import type {
  Call,
  CredentialStore,
  ExchangeCode,
  OAuthCredentials,
  RequestContext,
  TokenPair,
} from "../ports.ts";
import type { BoxUser } from "../service-account.ts";
import type { Clocks } from "../shared-cache/table-time.ts";
import { withinBudget } from "../time-budget.ts";
import type { Authorization } from "./authorization.ts";
import { type Connection, storedPair } from "./connection.ts";
import type { ConnectionStore, StoredConnection } from "./connection-store.ts";
import { END_MS, type EndPorts, endPair } from "./end-pair.ts";

/** What is reserved of a request's time for ending a pair at Box that is not stored. */
const END_RESERVE_MS = 2_000;
/** What is reserved when the code is exchanged: whose tokens they are, storing them, and the reserve above. */
const STORE_RESERVE_MS = 8_000;

/** RFC 5321 §4.5.3.1.3 has no longer address. */
const MAX_LOGIN_LENGTH = 254;

/** Ids of users, as policies and callers write them. */
const USER_ID = /^[0-9]{1,20}$/;

export interface RedeemPorts extends Clocks, EndPorts {
  readonly credentials: Pick<CredentialStore, "load" | "alternative">;
  readonly store: ConnectionStore;
  /** One POST, which is repeated for another client secret alone: a code is good for one use. */
  readonly exchangeCode: ExchangeCode;
  readonly whoAmI: Call<string, BoxUser>;
  /** A pair was left alive at Box, and it is not known whether it is stored. */
  readonly onUnconfirmed: (app: string) => void;
}

/** A consent that is stored, and what undoes it. */
export interface RedeemedConsent {
  readonly stored: StoredConnection;
  readonly credentials: OAuthCredentials;
}

/** What becomes of a user's consent: tokens that are stored, or ended at Box. */
export class ConsentRedeemer {
  readonly #ports: RedeemPorts;

  constructor(ports: RedeemPorts) {
    this.#ports = ports;
  }

  /** Code → tokens → whose they are → stored; notes in `audit` how far it got. @throws {Failure} */
  async redeem(
    authorization: Authorization,
    code: string,
    audit: AuditRecord,
    context: RequestContext,
  ): Promise<Result<RedeemedConsent, Refusal>> {
    const { app, clientID, codeVerifier, redirectUri } = authorization;
    const loaded = await this.#ports.credentials.load(app, context);
    audit.usedCredentials(loaded);
    if (loaded.grant !== "oauth2" || loaded.clientID !== clientID) {
      const reason =
        "the app's secret was replaced by that of another Box app since the user was sent to Box";
      return refused({ code: "authorization_code_refused", reason });
    }
    const limited = earlier(context, STORE_RESERVE_MS);
    const { value: pair, credentials } = await withEachVersion(
      this.#ports,
      loaded,
      (version) => {
        audit.usedCredentials(version);
        const redeeming = { credentials: version, authorization: { code, codeVerifier, redirectUri } };
        return this.#ports.exchangeCode(redeeming, limited);
      },
      limited,
    );
    const kept = await this.#keep(pair, credentials, authorization, audit, context).catch(
      async (failure: unknown) => {
        // Ended, it could replace a living connection. Left alive and stored nowhere, it is out of all reach.
        if (isUnconfirmed(failure)) this.#ports.onUnconfirmed(app);
        else await endPair(this.#ports, pair.refreshToken, credentials, context);
        throw failure;
      },
    );
    if (!kept.ok) await endPair(this.#ports, pair.refreshToken, credentials, context);
    return kept;
  }

  /** Removes what `redeem` has stored, also after another environment has refreshed it, and ends its tokens at Box. */
  async undo({ stored, credentials }: RedeemedConsent, context: RequestContext): Promise<void> {
    const { store } = this.#ports;
    let latest: StoredConnection | undefined = stored;
    try {
      while (latest !== undefined && !(await store.remove(latest, context))) {
        const { connection, item } = await store.read(stored.connection, context);
        const isOurs = connection?.connectedAt === stored.connection.connectedAt;
        latest = isOurs && item !== undefined ? { connection, item } : undefined;
      }
    } catch {
      // A record without living tokens is left: the user has to connect again.
    }
    const { pair } = (latest ?? stored).connection;
    await endPair(this.#ports, pair.refreshToken, credentials, context);
  }

  async #keep(
    pair: TokenPair,
    credentials: OAuthCredentials,
    { app, userId }: Authorization,
    audit: AuditRecord,
    context: RequestContext,
  ): Promise<Result<RedeemedConsent, Refusal>> {
    const { store, table, whoAmI } = this.#ports;
    const limited = earlier(context, END_RESERVE_MS);
    if (pair.access.token.expires_in <= 0)
      throw new Failure("box_unexpected_answer", "Box responded to the code without a usable access token");
    const { id, login } = await whoAmI(pair.access.token.access_token, limited);
    if (!USER_ID.test(id)) throw new Failure("box_unexpected_answer", "the user's id is not a number");
    audit.resolved({ type: "user", id });
    if (userId !== undefined && userId !== id) {
      return refused({ code: "wrong_box_user", reason: `the invitation is for user ${userId}` });
    }
    const { clientID } = credentials;
    const connection: Connection = {
      ...{ app, clientID, userId: id, login: login.slice(0, MAX_LOGIN_LENGTH), connectedAt: table.now() },
      pair: storedPair(pair, this.#ports),
    };
    const { stored, replaced } = await store.connect(connection, limited);
    audit.connected(pair.access);
    if (replaced !== undefined) await this.#endReplaced(replaced, credentials, context);
    return ok({ stored, credentials });
  }

  /** A later disconnection ends the new tokens alone, so these must not outlive the connection that they belonged to. */
  async #endReplaced(
    replaced: Connection | "unreadable",
    credentials: OAuthCredentials,
    context: RequestContext,
  ): Promise<void> {
    if (replaced === "unreadable" || replaced.clientID !== credentials.clientID) {
      this.#ports.onUnended(credentials.app);
      return;
    }
    // The user waits for the page.
    const limited = withinBudget(context, END_MS, this.#ports.clock);
    await endPair(this.#ports, replaced.pair.refreshToken, credentials, limited);
  }
}

const isUnconfirmed = (failure: unknown): boolean =>
  failure instanceof Failure && failure.code === "connection_unconfirmed";

/** The request with a deadline that is earlier by so much. */
function earlier(context: RequestContext, milliseconds: number): RequestContext {
  return { ...context, deadline: context.deadline - milliseconds };
}
