import type { Context } from "aws-lambda";
import { Failure, PROBLEMS, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { Result } from "../../schemas/result.ts";
import type { CallerLabels } from "../broker/audit-record.ts";
import type { ConnectLink, LinkRequest } from "../broker/oauth/connect-link.ts";
import { canBeForced, type Disconnect, type DisconnectRequest } from "../broker/oauth/disconnect.ts";
import type { ListPage, ListRequest } from "../broker/oauth/list.ts";
import type { Swept } from "../broker/oauth/sweep.ts";
import { type SweepReport, sweepReport } from "../broker/oauth/sweep-report.ts";
import { unexpected } from "../broker/outcome.ts";
import type { Clock, RequestContext } from "../broker/ports.ts";
import type { WriteLine } from "../log/lines.ts";
import { sweepLines } from "./connections-log.ts";
import { InvalidRequest, parseConnectionsRequest, UNKNOWN_PAGE } from "./connections-request.ts";
import { requestContext } from "./system.ts";

/** What the actions are done with. */
export interface ConnectionsService {
  /** Name of the deployment, which its metrics have. */
  readonly service: string;
  readonly apps: readonly string[];
  readonly sweep: (context: RequestContext) => Promise<readonly Swept[]>;
  readonly list: (request: ListRequest, context: RequestContext) => Promise<Result<ListPage, unknown>>;
  /** Undefined where the deployment has no authorize function. */
  readonly link:
    | ((request: LinkRequest, context: RequestContext) => Promise<Result<ConnectLink, string>>)
    | undefined;
  readonly disconnect: Disconnect;
  readonly clock: Clock;
  readonly write: WriteLine;
}

/** What became of a request to disconnect a user. */
export type DisconnectResult =
  | {
      readonly app: string;
      readonly userId: string;
      readonly disconnected: true;
      /** False where the connection was removed by force: its tokens live on at Box until they expire. */
      readonly endedAtBox: boolean;
    }
  | {
      readonly app: string;
      readonly userId: string;
      readonly disconnected: false;
      readonly code: ProblemCode;
      readonly message: string;
      /** Whether the same request can succeed later. */
      readonly retryable: boolean;
      /** Seconds after which it can, where Box named them. */
      readonly retry_after?: number;
      readonly request_id: string;
    };

export type ConnectionsResult = SweepReport | ListPage | ConnectLink | DisconnectResult;

/** A result, and what the log keeps of it: one line or, where it has many metrics, several. */
interface Done {
  readonly result: ConnectionsResult;
  readonly lines: readonly object[];
}

/** Time reserved for writing the log and responding. */
const RESERVE_MS = 2_000;

/**
 * What operators, the command line and a schedule request of the connections of OAuth 2.0 users. IAM alone decides which
 * principals may invoke it, and each of them may request every action.
 */
export function connectionsHandler(service: ConnectionsService) {
  const { apps, clock, write } = service;
  return async (event: unknown, lambda: Context): Promise<ConnectionsResult> => {
    const request = parseConnectionsRequest(event, apps);
    const context = requestContext(lambda, clock, RESERVE_MS);
    const common = { kind: "connections", request_id: context.requestId, action: request.action };
    const log = async (line: object) => write({ ...common, ...line });
    const done = await run(request, service, { functionVersion: lambda.functionVersion }, context).catch(
      (thrown: unknown) => {
        if (thrown instanceof InvalidRequest) throw thrown;
        return thrown instanceof Failure ? thrown : unexpected(thrown);
      },
    );
    if (done instanceof Failure) {
      await log({ code: done.code, reason: done.message });
      throw new RefusedInvoke(done);
    }
    for (const line of done.lines) await log(line);
    return done.result;
  };
}

async function run(
  requested: ReturnType<typeof parseConnectionsRequest>,
  { service, sweep, list, link, disconnect, clock }: ConnectionsService,
  labels: CallerLabels,
  context: RequestContext,
): Promise<Done> {
  switch (requested.action) {
    case "sweep": {
      const swept = await sweep(context);
      const report = sweepReport(swept);
      return { result: report, lines: sweepLines(service, clock.wall(), report, swept) };
    }
    case "list": {
      const page = await list(requested.request, context);
      if (!page.ok) throw new InvalidRequest(UNKNOWN_PAGE);
      return { result: page.value, lines: [{ connections: page.value.connections.length }] };
    }
    case "link": {
      const { app, userId } = requested.request;
      if (link === undefined) {
        throw new InvalidRequest(
          "This deployment has no authorize function: BOX_STS_AUTHORIZE_URL is not set.",
        );
      }
      const made = await link(requested.request, context);
      if (!made.ok) {
        throw new InvalidRequest(`The app must be one with OAuth 2.0; ${app} has ${made.error}.`);
      }
      // The link itself is a credential.
      return { result: made.value, lines: [{ app, user: userId ?? null, expires_at: made.value.expiresAt }] };
    }
    case "disconnect": {
      const result = disconnectResult(
        requested.request,
        await disconnect(requested.request, labels, context),
      );
      const { app, userId, disconnected } = result;
      return { result, lines: [{ app, user: userId, disconnected }] };
    }
  }
}

function disconnectResult(
  { app, userId }: DisconnectRequest,
  outcome: Awaited<ReturnType<Disconnect>>,
): DisconnectResult {
  if ("disconnected" in outcome) return { app, userId, ...outcome };
  const { code, error_description, retryable, retry_after, request_id } = outcome.problem;
  const message = error_description + nextStepAfter(code);
  const problem = { code, message, retryable, ...(retry_after !== undefined && { retry_after }), request_id };
  return { app, userId, disconnected: false, ...problem };
}

function nextStepAfter(code: ProblemCode): string {
  if (code === "user_not_connected") return "";
  if (canBeForced(code)) {
    return " Nothing was removed. With force, the connection is removed, although its tokens do not end at Box.";
  }
  return code.startsWith("box_") ? " Nothing was removed." : " Request it again: that is always safe.";
}

/** The error by which the function reports a failure, by its code. Lambda sends a stack on, hence it has none. */
class RefusedInvoke extends Error {
  constructor({ code, message }: Failure) {
    const { title, remedy } = PROBLEMS[code];
    super(`${title} (${message}) ${remedy}`);
    this.name = code;
    this.stack = "";
  }
}
