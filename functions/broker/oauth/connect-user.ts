import { Failure, type ProblemCode } from "../../../schemas/protocol/problems.ts";
import type { Result } from "../../../schemas/result.ts";
import { AuditRecord, type CallerLabels } from "../audit-record.ts";
import { bugLocation } from "../bug-location.ts";
import type { Refusal } from "../decide.ts";
import { audited } from "../outcome.ts";
import type { AuditLog, Credentials, OAuthCredentials, RequestContext } from "../ports.ts";
import type { ServiceKeys } from "../shared-cache/service-keys.ts";
import type { TableFailure } from "../shared-cache/table.ts";
import { withinBudget } from "../time-budget.ts";
import {
  type Authorization,
  type AuthorizationRefusal,
  type BegunAuthorization,
  beginAuthorization,
  readAuthorization,
} from "./authorization.ts";
import { type InvitationRefusal, readInvitation } from "./invitation.ts";
import { ConsentRedeemer, type RedeemedConsent, type RedeemPorts } from "./redeem-consent.ts";
import { UsedStates } from "./used-states.ts";

/** Reading the service secret may delay a request by so much, once in 300 s. */
const KEYS_BUDGET_MS = 2_000;

/** Why a request had no effect: nothing in it proves that it belongs to an invitation, or to this browser. */
export type UnprovenReason =
  | `invitation_${InvitationRefusal}`
  | "invitation_for_unknown_app"
  | AuthorizationRefusal
  | "state_used_before"
  | "keys_unavailable";

/** A browser that opens a connect link. */
export interface ConnectRequest {
  readonly invitation: string;
  /** This function's own callback. */
  readonly redirectUri: string;
}

/** A browser that comes back from Box. */
export interface CallbackRequest {
  readonly state: string;
  /** Value of the cookie that belongs to the state. */
  readonly sealed: string;
  /** The code that Box gave it, or what Box or the user has refused. */
  readonly granted: Result<string, Refusal>;
  readonly labels: CallerLabels;
}

export type ConnectOutcome =
  | { readonly kind: "unproven"; readonly reason: UnprovenReason }
  | { readonly kind: "begun"; readonly consentUrl: string; readonly begun: BegunAuthorization }
  | { readonly kind: "connected"; readonly login: string; readonly returnTo?: string | undefined }
  /** `reason` is for the log; without it the audit line has it. */
  | { readonly kind: "refused"; readonly code: ProblemCode; readonly reason?: string };

/** What sends a user to Box's consent page. */
export interface ConsentRequest extends Pick<Authorization, "clientID" | "redirectUri" | "state"> {
  readonly codeChallenge: string;
  readonly scopes?: readonly string[] | undefined;
}

export interface ConnectPorts extends RedeemPorts {
  readonly apps: ReadonlySet<string>;
  readonly keys: ServiceKeys;
  readonly consentUrl: (request: ConsentRequest) => string;
  readonly audit: AuditLog;
  /** Called for the request that tried to read the service secret. */
  readonly onKeysUnavailable: (failure: TableFailure, requestId: string) => void;
}

/**
 * Connects Box users to OAuth 2.0 apps, by invitation (RFC 6749 §4.1 with RFC 7636; RFC 9700 §2.1). Nothing that a browser
 * brings has an effect, or costs a call, before it was opened with the service secret.
 */
export class UserConnector {
  readonly #ports: ConnectPorts;
  readonly #consents: ConsentRedeemer;
  readonly #used = new UsedStates();

  constructor(ports: ConnectPorts) {
    this.#ports = ports;
    this.#consents = new ConsentRedeemer(ports);
  }

  /** Reads the service secret, where it is time for that. */
  async prepare(context: RequestContext): Promise<void> {
    const { keys, onKeysUnavailable } = this.#ports;
    await keys.refresh(context, (failure) => onKeysUnavailable(failure, context.requestId));
  }

  /** A connect link: invitation → credentials of its app → Box's consent page. */
  async begin({ invitation, redirectUri }: ConnectRequest, context: RequestContext): Promise<ConnectOutcome> {
    const { keys, apps, clock, credentials, consentUrl } = this.#ports;
    await this.prepare(withinBudget(context, KEYS_BUDGET_MS, clock));
    const key = keys.lastCurrent;
    if (key === undefined) return unproven("keys_unavailable");
    const read = readInvitation(invitation, (id) => keys.known(id), clock.wall());
    if (!read.ok) return unproven(`invitation_${read.error}`);
    const { app } = read.value;
    if (!apps.has(app)) return unproven("invitation_for_unknown_app");
    context.trace.app = app;
    try {
      const { clientID, scopes } = oauthOf(await credentials.load(app, context));
      const begun = beginAuthorization(read.value, { clientID, redirectUri }, key, clock.wall());
      const { state, codeChallenge } = begun;
      return {
        kind: "begun",
        begun,
        consentUrl: consentUrl({ clientID, redirectUri, state, codeChallenge, scopes }),
      };
    } catch (failure) {
      const { code, message } =
        failure instanceof Failure ? failure : new Failure("internal_error", bugLocation(failure));
      return { kind: "refused", code, reason: message };
    }
  }

  /** The way back: proof that this browser began it → code → tokens → audit line. */
  async finish(request: CallbackRequest, context: RequestContext): Promise<ConnectOutcome> {
    const { keys, clock, store } = this.#ports;
    await this.prepare(withinBudget(context, KEYS_BUDGET_MS, clock));
    if (keys.lastCurrent === undefined) return unproven("keys_unavailable");
    const now = clock.wall();
    const read = readAuthorization(request.sealed, request.state, (id) => keys.known(id), now);
    if (!read.ok) return unproven(read.error);
    const { state, expires, app } = read.value;
    if (!this.#used.use(state, expires, now)) return unproven("state_used_before");
    // Another environment does not know what this one has seen, and a code is good for one use.
    const claim = request.granted.ok ? store.claimState(app, state, context) : Promise.resolve(true);
    if ((await claim.catch(() => undefined)) === false) return unproven("state_used_before");
    context.trace.app = app;
    return this.#connect(read.value, request, claim, context);
  }

  async #connect(
    authorization: Authorization,
    { granted, labels }: CallbackRequest,
    claim: Promise<boolean>,
    context: RequestContext,
  ): Promise<ConnectOutcome> {
    const audit = new AuditRecord("connect", context.requestId, BROWSER, labels);
    audit.connects(authorization.app);
    let redeemed: RedeemedConsent | undefined;
    const work = async (): Promise<Result<RedeemedConsent, Refusal>> => {
      if (!granted.ok) return granted;
      // Where the table has failed, so has the attempt: no code is sent whose tokens could not be stored.
      await claim;
      const result = await this.#consents.redeem(authorization, granted.value, audit, context);
      if (result.ok) redeemed = result.value;
      return result;
    };
    const { requestId } = context;
    const outcome = await audited(this.#ports, work(), { audit, requestId, helpUrl: undefined });
    if ("stored" in outcome) {
      const { login } = outcome.stored.connection;
      return { kind: "connected", login, returnTo: authorization.returnTo };
    }
    // Without its audit line no consent stays.
    if (redeemed !== undefined) await this.#consents.undo(redeemed, context);
    return { kind: "refused", code: outcome.problem.code };
  }
}

/** A person at a browser has no identity of AWS: the invitation and the cookie are what counts. */
const BROWSER = { unidentified: "a browser" };

const unproven = (reason: UnprovenReason): ConnectOutcome => ({ kind: "unproven", reason });

function oauthOf(credentials: Credentials): OAuthCredentials {
  if (credentials.grant === "oauth2") return credentials;
  throw new Failure("secret_invalid", "the app's secret is not that of an OAuth 2.0 app");
}
