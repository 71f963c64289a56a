import type { HeldToken } from "../held-token.ts";
import type { RequestContext, Subject } from "../ports.ts";
import type { TokenRegister } from "../shared-cache/token-register.ts";

/** Users whose tokens an environment remembers to be registered; beyond it, one costs another write. */
const MAX_USERS = 10_000;

/**
 * Notes each access token of a user that callers get in full, once for an environment, so that a revocation finds what it
 * is. Where callers get downscoped tokens alone, it has nothing to do.
 */
export class RegisteredTokens {
  readonly #register: TokenRegister;
  /** App and user → hash of the user's present access token. */
  readonly #latest = new Map<string, string>();

  constructor(register: TokenRegister) {
    this.#register = register;
  }

  /** Never rejects: a token that could not be registered counts as unknown when it is revoked. */
  async note(app: string, subject: Subject, token: HeldToken, context: RequestContext): Promise<void> {
    const user = `${app}#${subject.id}`;
    if (this.#latest.get(user) === token.sha256) return;
    if (!(await this.#register.add({ app, subject }, token, context))) return;
    if (this.#latest.size >= MAX_USERS) this.#latest.clear();
    this.#latest.set(user, token.sha256);
  }
}
