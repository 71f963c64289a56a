import type { Context } from "aws-lambda";
import { REQUEST_SECONDS } from "../../schemas/protocol/request-time.ts";
import type { Ask, IssueToken, Outcome } from "../broker/issue-token.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import { logWarning, type WriteLine } from "./log.ts";
import { requestLine } from "./request-log.ts";

/** One way of calling a function: how an event is read and how the outcome is told. */
export interface Edge<Answer> {
  ask(event: unknown, lambda: Context): Ask;
  /** Throws where this way of calling reports a refusal by throwing. */
  answer(outcome: Outcome): Answer;
}

/** What a handler runs. */
export interface TokenService {
  /** Name of the deployment, which its metrics have. */
  readonly service: string;
  readonly issueToken: IssueToken;
  /** Milliseconds by which Box's clock is ahead. */
  readonly clockSkew: () => number;
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** Time kept back for writing the log and answering. */
const RESERVE_MS = 200;
/** What a request may take where nobody says how much is left. */
const DEFAULT_TIME_MS = REQUEST_SECONDS * 1_000;

/** A Lambda handler; keeps nothing between requests, of which many may be in one environment at once. */
export function lambdaHandler<Answer>(edge: Edge<Answer>, tokenService: TokenService) {
  const { service, issueToken, clockSkew, clock, write } = tokenService;
  return async (event: unknown, lambda: Context): Promise<Answer> => {
    const started = clock.monotonic();
    const timeLeft = lambda.getRemainingTimeInMillis?.() ?? DEFAULT_TIME_MS;
    const deadline = started + Math.max(timeLeft - RESERVE_MS, 0);
    const context: RequestContext = { requestId: lambda.awsRequestId, deadline, trace: { steps: [] } };
    const outcome = await issueToken(edge.ask(event, lambda), context);
    const durationMs = clock.monotonic() - started;
    const line = { service, context, outcome, now: clock.wall(), durationMs, clockSkewMs: clockSkew() };
    if (context.trace.secretStage === "AWSPREVIOUS") {
      logWarning(write, "Box refuses the current version of the app's secret; the previous one is in use", {
        app: context.trace.app,
        request_id: context.requestId,
      });
    }
    // The audit line is what an answer depends on; a lost metric is not worth a token.
    await write(requestLine(line)).catch(() => {});
    return edge.answer(outcome);
  };
}
