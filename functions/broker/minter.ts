import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { BoxToken } from "../../schemas/protocol/token-response.ts";
import { withRecovery } from "../async/retry.ts";
import { assertionClaims } from "./assertion.ts";
import { originOf } from "./box-origin.ts";
import { now } from "./instant.ts";
import type { Credentials, Ports, RequestContext, Restriction, Subject } from "./ports.ts";
import { RateLimits } from "./rate-limits.ts";
import { isWithin } from "./restricted-to.ts";
import { type HeldToken, tokenSha256 } from "./token-cache.ts";

/** Refusals that another version of the app's secret can resolve. */
const CREDENTIAL_REFUSALS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "box_key_refused",
  "box_client_refused",
  "box_grant_refused",
]);

/** Box's tokens live for 3,600 to 4,200 s; whatever claims to live longer is requested again after this. */
const MAX_LIFETIME_SECONDS = 7_200;
/** How long an exchange is not repeated after Box returned a token that is wider than requested. */
const PAUSE_AFTER_WIDE_TOKEN_SECONDS = 30;

/** A token, and the version of the app's secret it came from: the one given, or another that Box accepted. */
export interface Minted {
  readonly token: HeldToken;
  readonly credentials: Credentials;
}

type MinterPorts = Pick<Ports, "credentials" | "box" | "clock" | "random">;

/** New tokens from Box: sign → grant, and exchange. Knows nothing of caches. */
export class Minter {
  readonly #ports: MinterPorts;
  readonly #limits: RateLimits;

  constructor(ports: MinterPorts) {
    this.#ports = ports;
    this.#limits = new RateLimits(ports.clock);
  }

  /**
   * The subject's full token. Where Box refuses the credentials, the secret is read again and its other
   * versions are tried; if none is accepted, the first refusal counts.
   */
  async full(credentials: Credentials, subject: Subject, context: RequestContext): Promise<Minted> {
    const { credentials: store, clock } = this.#ports;
    const tried = new Set<string>();
    let candidate = credentials;
    let firstRefusal: unknown;
    let requested = 0;
    // What was read after the first refusal holds for the others: a request reads each version once more at most.
    const onAttempt = () => {
      if (tried.size === 0) requested = clock.monotonic();
    };
    for (;;) {
      try {
        const token = await this.#grant(candidate, subject, context, onAttempt);
        if (tried.size > 0) store.accepted(candidate);
        return { token, credentials: candidate };
      } catch (failure) {
        firstRefusal ??= failure;
        if (!isAboutCredentials(failure, subject)) throw failure;
        tried.add(candidate.versionId);
        const next = await store.alternative(candidate.app, tried, requested, context);
        if (next === undefined || !canServe(next, subject)) throw firstRefusal;
        candidate = next;
      }
    }
  }

  /**
   * A downscoped token (RFC 8693) that never claims to live longer than the one it came from.
   * @throws {Failure} `box_unexpected_answer` where Box returned a token that is wider than requested; it is revoked
   */
  async downscoped(
    { token: parent, credentials }: Minted,
    restriction: Restriction,
    context: RequestContext,
  ): Promise<HeldToken> {
    const { box } = this.#ports;
    const child = await this.#attempts(credentials.app, context, () =>
      box.exchange(parent.token.access_token, restriction, context),
    );
    const isParent = child.sha256 === parent.sha256;
    if (isParent || !isWithin(child.token.restricted_to, restriction)) {
      // A failed revocation changes nothing: no caller gets the token.
      if (!isParent) await box.revoke(credentials, child.token.access_token, context).catch(() => {});
      const detail = isParent
        ? "Box returned the full token itself from an exchange"
        : "Box returned a token whose restricted_to is missing or wider than requested";
      const retryAfter = PAUSE_AFTER_WIDE_TOKEN_SECONDS;
      throw new Failure("box_unexpected_answer", detail, { retryAfter, ...originOf(child.token) });
    }
    // The parent's life at the child's birth: attempts that failed before have taken some of it.
    const parentLifeLeft = parent.lifetime - ageAt(child, parent) / 1000;
    return { ...child, lifetime: Math.min(child.lifetime, parentLifeLeft), parentSha256: parent.sha256 };
  }

  #grant(
    credentials: Credentials,
    subject: Subject,
    context: RequestContext,
    onAttempt: () => void,
  ): Promise<HeldToken> {
    const { box, clock, random } = this.#ports;
    const { clientID, signer } = credentials;
    return this.#attempts(credentials.app, context, async () => {
      onAttempt();
      if (signer === undefined) return box.clientCredentialsGrant(credentials, subject, context);
      const boxTime = clock.wall() + box.clockOffset();
      const assertion = await signer.sign(assertionClaims(clientID, subject, boxTime, random.jti()));
      return box.jwtGrant(credentials, assertion, context);
    });
  }

  #attempts(app: string, context: RequestContext, send: () => Promise<BoxToken>): Promise<HeldToken> {
    return withRecovery(this.#ports, context, async () => {
      this.#limits.check(app);
      const born = now(this.#ports.clock);
      try {
        const token = await send();
        const lifetime = Math.min(token.expires_in, MAX_LIFETIME_SECONDS);
        return { token, sha256: tokenSha256(token.access_token), born, lifetime };
      } catch (failure) {
        this.#limits.note(app, failure);
        throw failure;
      }
    });
  }
}

/** Whether Box refused the app's credentials. With Client Credentials Grant the same words can mean the user. */
function isAboutCredentials(failure: unknown, subject: Subject): boolean {
  if (!(failure instanceof Failure) || !CREDENTIAL_REFUSALS.has(failure.code)) return false;
  return failure.code !== "box_grant_refused" || subject.type === "enterprise";
}

/** The subject was resolved with the first version: a version for another enterprise is another app. */
function canServe({ enterpriseID }: Credentials, subject: Subject): boolean {
  return subject.type === "user" || subject.id === enterpriseID;
}

/** Milliseconds from the birth of `parent` to that of `child`, by whichever clock counted more. */
function ageAt({ born }: HeldToken, parent: HeldToken): number {
  return Math.max(born.wall - parent.born.wall, born.monotonic - parent.born.monotonic);
}
