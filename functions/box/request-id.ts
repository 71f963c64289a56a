import type { HttpResponse } from "./http-client.ts";

/** It comes from outside and goes into log lines and responses: what has another form is dropped. */
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/**
 * What Box calls a request, by the header `BOX-REQUEST-ID` of its response, as a property that is absent where the
 * header is. Box Support needs it.
 */
export function boxRequestIdOf({ headers }: Pick<HttpResponse, "headers">): {
  readonly boxRequestId?: string;
} {
  const id = headers["box-request-id"];
  return typeof id === "string" && REQUEST_ID.test(id) ? { boxRequestId: id } : {};
}
