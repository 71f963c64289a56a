import { isObject } from "../../../schemas/json/is-object.ts";
import type { HttpRequest } from "../../http/server.ts";
import type { Change, Changes } from "../changes.ts";
import type { Downloads } from "../downloads.ts";
import type { BoxApp, BoxState, BoxUser } from "../state.ts";
import type { AccessToken } from "../tokens.ts";
import { ApiRefusal } from "./errors.ts";

/** One API call with a valid token. */
export interface Call {
  readonly state: BoxState;
  readonly token: AccessToken;
  /** The app that the token belongs to. */
  readonly app: BoxApp;
  /** The user on whose behalf the call is made: the token's, or the one in `As-User`. */
  readonly user: BoxUser;
  readonly request: HttpRequest;
  readonly query: URLSearchParams;
  /** The body as a JSON object; empty where there is none. @throws ApiRefusal where it is anything else */
  readonly body: Readonly<Record<string, unknown>>;
  /** The host of the contents. */
  readonly downloads: Downloads;
  /** URL that the client reaches this Box by, without a slash at its end. */
  readonly baseUrl: string;
  /** By Box's clock, in milliseconds since 1970. */
  now(): number;
  /** What other calls do meanwhile. */
  readonly changes: Pick<Changes, "subscribe">;
  /** Reports what the call has changed, for the events and webhooks. */
  emit(change: Omit<Change, "by" | "at">): void;
}

/** The body of a request as a JSON object. @throws ApiRefusal */
export const jsonBody = ({ body }: HttpRequest): Readonly<Record<string, unknown>> =>
  body.length === 0 ? {} : jsonObject(body, "The request body must be a JSON object.");

/** @param otherwise the message where the text is no JSON object. @throws ApiRefusal */
export function jsonObject(text: Buffer, otherwise: string): Readonly<Record<string, unknown>> {
  const value = parsed(text.toString());
  if (!isObject(value)) throw new ApiRefusal("bad_request", { message: otherwise });
  return value;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
