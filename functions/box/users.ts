import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { Call, Clock, RequestContext } from "../broker/ports.ts";
import type { BoxUser } from "../broker/service-account.ts";
import type { Connections } from "./connections.ts";
import { type HttpResponse, httpClient } from "./http-client.ts";
import { boxRequestIdOf } from "./request-id.ts";
import { retryAfterOf } from "./retry-after.ts";

/** What the statuses of `users/me` mean. */
const BY_STATUS: Readonly<Record<number, ProblemCode>> = {
  401: "box_token_refused",
  403: "box_scope_refused",
  429: "box_rate_limited",
};

/** Box's `GET /2.0/users/me` (https://developer.box.com/reference/get-users-me/). Throws a `Failure`. */
export function whoAmI(baseUrl: string, clock: Clock, connections?: Pick<Connections, "agent">) {
  const send = httpClient(baseUrl, connections);

  return async (accessToken: string, context: RequestContext): Promise<BoxUser> => {
    const started = clock.monotonic();
    let status: number | string = "no_answer";
    let origin = {};
    try {
      const headers = { authorization: `Bearer ${accessToken}` };
      const path = "/2.0/users/me?fields=id,name,login";
      const response = await send({ method: "GET", path, headers }, context.deadline - started);
      status = response.status;
      origin = boxRequestIdOf(response);
      return userOf(response);
    } finally {
      context.trace.steps.push({ step: "box.users-me", ms: clock.monotonic() - started, status, ...origin });
    }
  };
}

/**
 * Whether Box accepts the access token: also one that is too narrow for `users/me`. Throws a `Failure` where Box's
 * response means neither.
 */
export function acceptsToken(identify: Call<string, BoxUser>): Call<string, boolean> {
  return async (accessToken, context) => {
    try {
      await identify(accessToken, context);
      return true;
    } catch (failure) {
      const code = failure instanceof Failure ? failure.code : undefined;
      if (code === BY_STATUS[403]) return true;
      if (code === BY_STATUS[401]) return false;
      throw failure;
    }
  };
}

function userOf(response: HttpResponse): BoxUser {
  const { status, body } = response;
  const origin = boxRequestIdOf(response);
  if (status !== 200) {
    const code = status >= 500 ? "box_unavailable" : (BY_STATUS[status] ?? "box_unexpected_answer");
    throw new Failure(code, `Box responded with ${status} to users/me`, {
      ...origin,
      ...retryAfterOf(response),
    });
  }
  const { id, name, login } = parsed(body);
  if (typeof id !== "string" || typeof name !== "string" || typeof login !== "string") {
    const detail = "Box responded to users/me without id, name and login";
    throw new Failure("box_unexpected_answer", detail, origin);
  }
  return { id, name, login };
}

function parsed(body: string): Partial<Record<keyof BoxUser, unknown>> {
  try {
    return (JSON.parse(body) as object | null) ?? {};
  } catch {
    return {};
  }
}
