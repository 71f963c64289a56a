import { jsonText, visible } from "../action/report/escape.ts";
import { BoxStsError } from "../client/errors.ts";
import { ok, type Result } from "../schemas/result.ts";
import { EXIT, type ExitStatus } from "./command.ts";
import type { Terminal } from "./terminal.ts";

/** Why a service has not done what was requested; `--json` prints it as `error`. */
export interface Refusal {
  /** A code of docs/problems.md, or of docs/client.md. */
  readonly code: string;
  /** What is wrong and what to do about it. */
  readonly message: string;
  /** Whether the same command can succeed later although nothing was changed. */
  readonly retryable?: boolean;
  /** Under which the function logged the details. */
  readonly request_id?: string;
}

/** What the client reports of AWS, the network or a function. @throws whatever is not an error of the client */
export function refusalOf(error: unknown): Required<Omit<Refusal, "request_id">> & Refusal {
  if (!(error instanceof BoxStsError)) throw error;
  const { code, message, retryable, requestId } = error;
  return { code, message, retryable, ...(requestId && { request_id: requestId }) };
}

/** The message, and with which request the service's log has the details. */
export const refusalText = ({ message, request_id: id }: Refusal): string =>
  id === undefined ? message : `${message} (request_id ${id})`;

/** Prints why there is no result: one line with its code, or JSON. The status is that of a finding. */
export function printRefusal(
  name: string,
  refusal: Refusal,
  asJson: boolean | undefined,
  terminal: Terminal,
): Result<ExitStatus, string> {
  if (asJson) terminal.out(`${jsonText({ error: refusal })}\n`);
  else terminal.err(`box-sts ${name}: ${visible(`${refusalText(refusal)} [${refusal.code}]`)}\n`);
  return ok(EXIT.finding);
}
