import type { Context } from "aws-lambda";
import type { IncomingRequest, IssueToken } from "../broker/issue-token.ts";
import type { Outcome } from "../broker/outcome.ts";
import type { Clock } from "../broker/ports.ts";
import type { IncomingRevocation, RevocationOutcome, RevokeIssuedToken } from "../broker/revoke-token.ts";
import { logWarning, type WriteLine } from "../log/lines.ts";
import { requestLine } from "./request-log.ts";
import { requestContext } from "./system.ts";

/** One kind of call to a function: parses its event and responds with its outcome. */
export interface EventAdapter<Response> {
  parse(event: unknown, lambda: Context): IncomingRequest | IncomingRevocation;
  /** Throws where this kind of call reports a refusal by throwing. */
  respond(outcome: Outcome | RevocationOutcome): Response;
}

/** What a handler runs. */
export interface TokenService {
  /** Name of the deployment, which its metrics have. */
  readonly service: string;
  readonly issueToken: IssueToken;
  readonly revokeToken: RevokeIssuedToken;
  /** Milliseconds by which Box's clock is ahead. */
  readonly clockSkew: () => number;
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** Time reserved for writing the log and responding. */
const RESERVE_MS = 200;

/** A Lambda handler; keeps nothing between requests, of which many may be in one environment at once. */
export function lambdaHandler<Response>(adapter: EventAdapter<Response>, tokenService: TokenService) {
  const { service, issueToken, revokeToken, clockSkew, clock, write } = tokenService;
  return async (event: unknown, lambda: Context): Promise<Response> => {
    const started = clock.monotonic();
    const context = requestContext(lambda, clock, RESERVE_MS);
    const incoming = adapter.parse(event, lambda);
    const outcome =
      "revocation" in incoming ? await revokeToken(incoming, context) : await issueToken(incoming, context);
    const durationMs = clock.monotonic() - started;
    const line = { service, context, outcome, now: clock.wall(), durationMs, clockSkewMs: clockSkew() };
    if (context.trace.secretStage === "AWSPREVIOUS") {
      logWarning(
        write,
        "Box or KMS refuses the current version of the app's secret; the previous one is in use",
        {
          app: context.trace.app,
          request_id: context.requestId,
        },
      );
    }
    // A response depends on its audit line alone; a lost metric is not worth a token.
    await write(requestLine(line)).catch(() => {});
    return adapter.respond(outcome);
  };
}
