import { type Clock, systemClock } from "./clock.ts";
import { clientError } from "./errors.ts";
import { parseSkillEvent, type SkillToken } from "./skill-event.ts";
import type { BoxAccessToken, BoxAuth } from "./types.ts";

/**
 * One token of a Skill invocation as the `auth` of `new BoxClient({ auth })`. Box gives a Skill these two tokens and no way to
 * renew, narrow or revoke them: `refreshToken()` rejects with `skill_token_expired`, `downscopeToken()` and
 * `revokeToken()` with `skill_token_unsupported`. Printing the object, or writing it as JSON, shows no token.
 */
export interface SkillTokenAuth extends BoxAuth {
  /** For requests without Box's SDK, such as `GET /files/ID/content` with `authorization: Bearer …`. */
  readonly accessToken: string;
  /**
   * When the token expires: `expires_in` of Box's event, read as seconds from now or as a time in seconds since 1970.
   * From then on `retrieveToken()` rejects with `skill_token_expired`.
   */
  readonly expiresAt: Date;
  /** Each scope, and the item that it is bound to; `undefined` where Box's event names none. */
  readonly restrictedTo: BoxAccessToken["restrictedTo"];
}

/** The two tokens of a Skill invocation. */
export interface SkillAuth {
  /** Reads the file that the Skill was invoked for. */
  readonly read: SkillTokenAuth;
  /** Writes the Skill's results, such as metadata of that file. */
  readonly write: SkillTokenAuth;
}

/**
 * Makes the `auth` of Box's SDK from the tokens in a Skill invocation. Creating it does no I/O, and needs neither a token
 * function nor AWS.
 * @param event Box's event, or the envelope in which the webhook function hands it on, parsed from JSON
 * @throws BoxStsError `invalid_skill_event`, which names the property
 * @example
 * ```ts
 * import { BoxClient } from "box-node-sdk";
 * import { boxAuth } from "box-sts/client";
 *
 * export async function handler(message: { readonly event: { readonly source: { readonly id: string } } }) {
 *   const { read } = boxAuth.fromSkillEvent(message);
 *   const file = await new BoxClient({ auth: read }).files.getFileById(message.event.source.id);
 *   console.log(file.name, read.expiresAt.toISOString());
 * }
 * ```
 */
export function fromSkillEvent(event: unknown): SkillAuth {
  return skillAuthOf(event, systemClock);
}

/** @param clock the system's, except in tests */
export function skillAuthOf(event: unknown, clock: Pick<Clock, "wall">): SkillAuth {
  const { read, write } = parseSkillEvent(event, clock.wall());
  return { read: new TokenAuth(read, clock), write: new TokenAuth(write, clock) };
}

/** Its properties are in private fields, which neither `console.log` nor `JSON.stringify` shows. */
class TokenAuth implements SkillTokenAuth {
  readonly #token: SkillToken;
  readonly #clock: Pick<Clock, "wall">;

  constructor(token: SkillToken, clock: Pick<Clock, "wall">) {
    this.#token = token;
    this.#clock = clock;
  }

  get accessToken(): string {
    return this.#token.value;
  }

  get expiresAt(): Date {
    return new Date(this.#token.expiresAt);
  }

  get restrictedTo(): BoxAccessToken["restrictedTo"] {
    return this.#token.restrictedTo;
  }

  async retrieveToken(): Promise<BoxAccessToken> {
    const { value, expiresAt, restrictedTo } = this.#token;
    const expiresIn = Math.floor((expiresAt - this.#clock.wall()) / 1_000);
    if (expiresIn <= 0) throw clientError("skill_token_expired");
    return {
      ...{ accessToken: value, expiresIn, tokenType: "bearer" },
      ...(restrictedTo === undefined ? {} : { restrictedTo }),
    };
  }

  async refreshToken(): Promise<never> {
    throw clientError("skill_token_expired");
  }

  async retrieveAuthorizationHeader(): Promise<string> {
    return `Bearer ${(await this.retrieveToken()).accessToken}`;
  }

  async revokeToken(): Promise<never> {
    throw clientError("skill_token_unsupported", "(It was revokeToken().)");
  }

  async downscopeToken(): Promise<never> {
    throw clientError("skill_token_unsupported", "(It was downscopeToken().)");
  }
}
