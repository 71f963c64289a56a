import { delayOf, type Fault, type FaultName, type Faults } from "../faults/faults.ts";
import type { HttpRequest, HttpResponse } from "../http/server.ts";

export type LambdaFault = FaultName<"lambda">;

/** A response that a front made without the function; the live log shows it. */
export interface FrontEvent {
  readonly front: "function-url" | "invoke-api";
  readonly status: number;
  /** Name of the caller, where the signature identifies one. */
  readonly caller?: string;
  readonly reason: string;
}

type Respond = (request: HttpRequest) => Promise<HttpResponse>;

/** The errors of a front instead of Lambda's, in that front's wording. */
interface FrontErrors {
  readonly throttled: HttpResponse;
  readonly serverError: HttpResponse;
}

const json = (status: number, type: string, body: object): HttpResponse => ({
  status,
  headers: { "Content-Type": "application/json", "X-Amzn-ErrorType": type },
  body: JSON.stringify(body),
});

const THROTTLED = {
  Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
  Type: "User",
  message: "Rate Exceeded.",
};

const ERRORS = {
  "function-url": {
    throttled: {
      status: 429,
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(THROTTLED),
    },
    serverError: {
      status: 502,
      headers: { "Content-Type": "application/json" },
      body: "Internal Server Error",
    },
  },
  "invoke-api": {
    throttled: json(429, "TooManyRequestsException", THROTTLED),
    serverError: json(502, "EC2ThrottledException", { Type: "Service", Message: "Lambda was throttled." }),
  },
} as const satisfies Record<FrontEvent["front"], FrontErrors>;

/** What a front sends where Lambda has no environment for the request. */
export const throttledResponse = (front: FrontEvent["front"]): HttpResponse => ERRORS[front].throttled;

/** `respond`, except for requests that a fault affects; the fault's operation is the front's name. */
export function withFaults(
  front: FrontEvent["front"],
  faults: Faults<LambdaFault> | undefined,
  onEvent: ((event: FrontEvent) => void) | undefined,
  respond: Respond,
): Respond {
  if (faults === undefined) return respond;
  return async (request) => {
    const applied = faults.apply(front);
    const fault = (name: LambdaFault) => applied.find((candidate) => candidate.name === name);
    await delayOf(fault("slow"));
    const instead = insteadOf(ERRORS[front], fault);
    if (instead !== undefined) {
      const reason = `fault ${applied.map(({ name }) => `lambda/${name}`).join(", ")}`;
      onEvent?.({ front, status: instead.status, reason });
      return instead;
    }
    const given = await respond(request);
    return fault("reset-after") === undefined ? given : { ...given, cut: "mid-body" };
  };
}

function insteadOf(
  { throttled, serverError }: FrontErrors,
  fault: (name: LambdaFault) => Fault<LambdaFault> | undefined,
): HttpResponse | undefined {
  if (fault("reset")) return { status: 0, cut: "before" };
  const limit = fault("throttled");
  if (limit) return later(throttled, limit);
  const failed = fault("server-error");
  return failed && later({ ...serverError, status: failed.status ?? serverError.status }, failed);
}

function later(response: HttpResponse, { retryAfterSeconds }: Fault): HttpResponse {
  if (retryAfterSeconds === undefined) return response;
  return { ...response, headers: { ...response.headers, "Retry-After": String(retryAfterSeconds) } };
}
