import type { HttpRequest } from "../http/server.ts";
import type { Form } from "./form.ts";
import type { AccessToken } from "./tokens.ts";

/** What the log has of a request to Box, besides its operation and the response. No property has a credential. */
export interface RequestFacts {
  readonly method: string;
  /** Without the prefix of the enterprise; a download ticket is left out. */
  readonly path: string;
  /** With `…` instead of tokens, codes and other credentials; absent where there is none. */
  readonly query?: string;
  /** Client ID of the app that sent the request, where it is known. */
  readonly app?: string;
  /** Id of the user of the token that was used or issued. */
  readonly user?: string;
  /** Id in `As-User`. */
  readonly asUser?: string;
  /** By Box's clock, when the request arrived. */
  readonly time: string;
  /** By the machine's clock, in milliseconds since 1970. */
  readonly at: number;
  /** `BOX-REQUEST-ID` of the response. */
  readonly requestId: string;
}

/** Who sent a request, as far as its processing has found out. */
export interface Sender {
  app?: string;
  user?: string;
}

export function senderIs(sender: Sender, { clientId, userId }: AccessToken): void {
  Object.assign(sender, { app: clientId, user: userId });
}

const CREDENTIAL = /token|secret|password|assertion|signature|verifier|challenge|ticket|^code$|^state$/i;
/** A token of a server, or 32 characters, which most other credentials have. */
const LIKE_CREDENTIAL = /^1!|^[A-Za-z0-9]{32}$/;
const HIDDEN = "…";

/** The part of the facts that the request itself has. */
export function factsOf({ method, path, query, headers }: HttpRequest, form: Form) {
  const app = form.get("client_id");
  const asUser = headers["as-user"];
  return {
    method,
    path: path.replace(/^(\/dl\/).+$/, `$1${HIDDEN}`),
    ...(query === "" ? {} : { query: withoutCredentials(query) }),
    ...(app === undefined ? {} : { app }),
    ...(asUser === undefined ? {} : { asUser }),
  };
}

function withoutCredentials(query: string): string {
  return [...new URLSearchParams(query)]
    .map(([name, value]) => {
      const isHidden = name !== "client_id" && (CREDENTIAL.test(name) || LIKE_CREDENTIAL.test(value));
      return `${encodeURIComponent(name)}=${isHidden ? HIDDEN : encodeURIComponent(value)}`;
    })
    .join("&");
}
