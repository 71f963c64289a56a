import { delayOf, type Fault, type FaultName, type Faults } from "../faults.ts";
import type { Answer, Received } from "../server.ts";
import type { FrontEvent } from "./front.ts";

export type LambdaFault = FaultName<"lambda">;

type Answering = (request: Received) => Promise<Answer>;

/** What a front answers in the place of Lambda; by its own words for them. */
interface Words {
  readonly throttled: Answer;
  readonly serverError: Answer;
}

const json = (status: number, type: string, body: object): Answer => ({
  status,
  headers: { "Content-Type": "application/json", "X-Amzn-ErrorType": type },
  body: JSON.stringify(body),
});

const THROTTLED = {
  Reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
  Type: "User",
  message: "Rate Exceeded.",
};

const WORDS = {
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
} as const satisfies Record<FrontEvent["front"], Words>;

/** What a front sends where Lambda has no environment for the request. */
export const throttledAnswer = (front: FrontEvent["front"]): Answer => WORDS[front].throttled;

/** `answer`, but for the requests that a fault strikes; the operation struck is the front's name. */
export function withFaults(
  front: FrontEvent["front"],
  faults: Faults<LambdaFault> | undefined,
  onEvent: ((event: FrontEvent) => void) | undefined,
  answer: Answering,
): Answering {
  if (faults === undefined) return answer;
  return async (request) => {
    const struck = faults.strike(front);
    const fault = (name: LambdaFault) => struck.find((candidate) => candidate.name === name);
    await delayOf(fault("slow"));
    const instead = insteadOf(WORDS[front], fault);
    if (instead !== undefined) {
      const reason = `fault ${struck.map(({ name }) => `lambda/${name}`).join(", ")}`;
      onEvent?.({ front, status: instead.status, reason });
      return instead;
    }
    const given = await answer(request);
    return fault("reset-after") === undefined ? given : { ...given, cut: "mid-body" };
  };
}

function insteadOf(
  { throttled, serverError }: Words,
  fault: (name: LambdaFault) => Fault<LambdaFault> | undefined,
): Answer | undefined {
  if (fault("reset")) return { status: 0, cut: "before" };
  const limit = fault("throttled");
  if (limit) return later(throttled, limit);
  const failed = fault("server-error");
  return failed && later({ ...serverError, status: failed.status ?? serverError.status }, failed);
}

function later(answer: Answer, { retryAfterSeconds }: Fault): Answer {
  if (retryAfterSeconds === undefined) return answer;
  return { ...answer, headers: { ...answer.headers, "Retry-After": String(retryAfterSeconds) } };
}
