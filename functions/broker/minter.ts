import { Failure, type ProblemCode } from "../../schemas/problems.ts";
import type { BoxToken } from "../../schemas/token-response.ts";
import { assertionClaims } from "./assertion.ts";
import type { Credentials, Ports, RequestContext, Restriction, Subject } from "./ports.ts";
import { withRecovery } from "./recovery.ts";
import { type HeldToken, tokenSha256 } from "./token-cache.ts";

/** Refusals that another version of the app's secret can mend. */
const CREDENTIAL_REFUSALS: ReadonlySet<ProblemCode> = new Set<ProblemCode>([
  "box_key_refused",
  "box_client_refused",
  "box_grant_refused",
]);

/** Box's tokens live for 3,600 to 4,200 s; whatever claims to live longer is asked for again after this. */
const MAX_LIFETIME_SECONDS = 7_200;

/** A token, and the version of the app's secret it came from: the one given, or another that Box accepted. */
export interface Minted {
  readonly token: HeldToken;
  readonly credentials: Credentials;
}

type MinterPorts = Pick<Ports, "credentials" | "box" | "clock" | "random">;

/** New tokens from Box: sign → grant, and exchange. Knows nothing of caches. */
export class Minter {
  readonly #ports: MinterPorts;

  constructor(ports: MinterPorts) {
    this.#ports = ports;
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
    let asked = 0;
    // What was read after the first refusal holds for the others: a request reads each version once more at most.
    const asking = () => {
      if (tried.size === 0) asked = clock.monotonic();
    };
    for (;;) {
      try {
        const token = await this.#grant(candidate, subject, context, asking);
        if (tried.size > 0) store.accepted(candidate);
        return { token, credentials: candidate };
      } catch (failure) {
        firstRefusal ??= failure;
        if (!(failure instanceof Failure && CREDENTIAL_REFUSALS.has(failure.code))) throw failure;
        tried.add(candidate.versionId);
        const next = await store.alternative(candidate.app, tried, asked, context);
        if (next === undefined) throw firstRefusal;
        candidate = next;
      }
    }
  }

  /** A downscoped token (RFC 8693) that never claims to live longer than the one it came from. */
  async downscoped(parent: HeldToken, restriction: Restriction, context: RequestContext): Promise<HeldToken> {
    const child = await this.#attempts(context, () =>
      this.#ports.box.exchange(parent.token.access_token, restriction, context),
    );
    if (child.sha256 === parent.sha256) {
      throw new Failure("box_unexpected_answer", "Box answered an exchange with the full token itself");
    }
    // The parent's life at the child's birth: attempts that failed before have taken some of it.
    const parentLifeLeft = parent.lifetime - ageAt(child, parent) / 1000;
    return { ...child, lifetime: Math.min(child.lifetime, parentLifeLeft), parentSha256: parent.sha256 };
  }

  #grant(
    credentials: Credentials,
    subject: Subject,
    context: RequestContext,
    asking: () => void,
  ): Promise<HeldToken> {
    const { box, clock, random } = this.#ports;
    const { clientID, signer } = credentials;
    return this.#attempts(context, async () => {
      asking();
      if (signer === undefined) return box.clientCredentialsGrant(credentials, subject, context);
      const now = clock.wall() + box.clockOffset();
      const assertion = await signer.sign(assertionClaims(clientID, subject, now, random.jti()));
      return box.jwtGrant(credentials, assertion, context);
    });
  }

  #attempts(context: RequestContext, ask: () => Promise<BoxToken>): Promise<HeldToken> {
    const { clock } = this.#ports;
    return withRecovery(this.#ports, context, async () => {
      const bornWall = clock.wall();
      const bornMonotonic = clock.monotonic();
      const token = await ask();
      const sha256 = tokenSha256(token.access_token);
      const lifetime = Math.min(token.expires_in, MAX_LIFETIME_SECONDS);
      return { token, sha256, bornWall, bornMonotonic, lifetime };
    });
  }
}

/** Milliseconds from the birth of `parent` to that of `child`, by whichever clock says more. */
function ageAt(child: HeldToken, parent: HeldToken): number {
  return Math.max(child.bornWall - parent.bornWall, child.bornMonotonic - parent.bornMonotonic);
}
