import type { Retryability } from "../schemas/protocol/problem-facts.ts";
import { PROBLEMS, type ProblemCode } from "../schemas/protocol/problems.ts";

type ClientProblemFacts = Retryability & {
  readonly sentence: string;
  readonly nextStep: string;
};

/** Errors of the client, of AWS and of the network; those of the token function are in `schemas/protocol/problems.ts`. */
export const CLIENT_PROBLEMS = {
  invalid_options: {
    retryable: false,
    sentence: "An option cannot be used.",
    nextStep: "Correct the option that the message names; docs/client.md lists them.",
  },
  no_credentials: {
    retryable: false,
    sentence: "No AWS credentials were found to sign the request with.",
    nextStep:
      "Run under an IAM role (Lambda sets the variables by itself), set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, install @aws-sdk/credential-providers for profiles, SSO and containers, or pass `credentials`.",
  },
  credentials_refused: {
    retryable: false,
    sentence: "AWS does not accept the credentials that the request was signed with.",
    nextStep:
      "Check that the access key exists, that the secret belongs to it, and that the session token is the one that came with both.",
  },
  credentials_expired: {
    retryable: false,
    sentence: "The AWS credentials have expired.",
    nextStep: "Renew them (for example: aws sso login), or pass a `credentials` function that renews them.",
  },
  clock_wrong: {
    retryable: false,
    sentence: "AWS rejected the signature because its time is too far from AWS's own.",
    nextStep: "Set this machine's clock; AWS allows five minutes.",
  },
  wrong_region: {
    retryable: false,
    sentence: "The request was signed for another region than the function's.",
    nextStep: "Pass the function's `region`; without it the client uses AWS_REGION.",
  },
  not_permitted: {
    retryable: false,
    sentence: "IAM does not let this identity call the function.",
    nextStep:
      "To use the Function URL, the role needs lambda:InvokeFunctionUrl and lambda:InvokeFunction on the function; to invoke directly, it needs lambda:InvokeFunction: for a token on its own alias, else on the function.",
  },
  function_not_found: {
    retryable: false,
    sentence: "There is no such function, alias or Function URL in this account and region.",
    nextStep: "Compare `functionName`, `alias`, `url` and `region` with the deployment.",
  },
  function_throttled: {
    retryable: true,
    repeatedBy: "client",
    sentence: "Lambda throttles the function.",
    nextStep:
      "Try again after a moment. If it persists, the function's reserved concurrency is too low, or the operator has stopped the service: contact the operator.",
  },
  function_failed: {
    retryable: true,
    repeatedBy: "client",
    sentence: "The function ended without a response.",
    nextStep: "Try again after a moment; if it persists, read the function's log.",
  },
  unreachable: {
    retryable: true,
    repeatedBy: "client",
    sentence: "The function could not be reached.",
    nextStep: "Check the URL or region, and that this program can reach it over the network.",
  },
  timed_out: {
    retryable: true,
    repeatedBy: "none",
    sentence: "The function did not respond in time.",
    nextStep: "Try again, or allow more time with `timeoutMs`.",
  },
  not_a_token_function: {
    retryable: false,
    sentence: "The response did not come from a box-sts token function.",
    nextStep: "Compare the URL or the function's name with the deployment.",
  },
  scope_too_wide: {
    retryable: false,
    sentence: "downscopeToken() requested a scope that this auth does not have.",
    nextStep: "Request scopes among those given to boxAuth().",
  },
  shared_link_unsupported: {
    retryable: false,
    sentence: "The token function does not bind tokens to shared links.",
    nextStep: "Pass the file or folder as `resource`: https://api.box.com/2.0/folders/ID.",
  },
  invalid_skill_event: {
    retryable: false,
    sentence: "boxAuth.fromSkillEvent() did not get a Skill invocation of Box.",
    nextStep: "Pass the body that Box sent, or the webhook function's envelope, parsed from JSON.",
  },
  skill_token_expired: {
    retryable: false,
    sentence: "The token of the Skill invocation has expired, or Box rejected it, and it cannot be renewed.",
    nextStep: "Process the event within the life of its tokens; a new invocation has new ones.",
  },
  skill_token_unsupported: {
    retryable: false,
    sentence: "The token of a Skill invocation can be neither revoked nor narrowed.",
    nextStep: "Use it as it is; it is bound to the Skill's file and expires by itself.",
  },
} as const satisfies Record<string, ClientProblemFacts>;

/** A code of `CLIENT_PROBLEMS`; docs/client.md has a row for each. */
export type ClientProblemCode = keyof typeof CLIENT_PROBLEMS;

/** A code of this client, a code of the token function, or one that only a newer function has. */
export type BoxStsErrorCode = ClientProblemCode | ProblemCode | (string & {});

interface Facts {
  readonly code: BoxStsErrorCode;
  readonly retryable: boolean;
  readonly nextStep: string;
  readonly status?: number | undefined;
  readonly requestId?: string | undefined;
  readonly retryAfterSeconds?: number | undefined;
}

const REPEATED_BY_CLIENT: ReadonlySet<string> = new Set(
  Object.entries<Retryability>({ ...PROBLEMS, ...CLIENT_PROBLEMS })
    .filter(([, row]) => row.retryable && row.repeatedBy === "client")
    .map(([code]) => code),
);

/** Whether the client retries a request that failed with `code`: never where the function has already retried. */
export const isRepeatedByClient = (code: BoxStsErrorCode): boolean => REPEATED_BY_CLIENT.has(code);

/** What the response reports about an error besides its code. */
export type ErrorContext = Pick<Facts, "status" | "requestId" | "retryAfterSeconds">;

/**
 * Why there is no token, or why it was not revoked. No property can hold a token, a key or a signature, and there is no
 * `cause`.
 * @example
 * ```ts
 * import { BoxStsError, boxAuth } from "box-sts/client";
 *
 * const auth = boxAuth({ functionName: "token-invoke", alias: "reports", scope: ["item_download"] });
 * try {
 *   console.log(await auth.retrieveAuthorizationHeader());
 * } catch (error) {
 *   if (!(error instanceof BoxStsError) || !error.retryable) throw error;
 *   console.log(`${error.code}: again in ${error.retryAfterSeconds ?? 60} s, request ${error.requestId}`);
 * }
 * ```
 */
export class BoxStsError extends Error {
  override readonly name = "BoxStsError";
  /** A code of docs/problems.md, or one of this client's (docs/client.md). */
  readonly code: BoxStsErrorCode;
  /** Whether the same call can succeed later although nothing was changed. */
  readonly retryable: boolean;
  /** One or two sentences: what the caller or the operator does next. */
  readonly nextStep: string;
  /** HTTP status of the response; absent if there was none. */
  readonly status: number | undefined;
  /** Id under which the function logged the details; absent if the function did not run. */
  readonly requestId: string | undefined;
  /** Seconds to wait before the next request, as the service requested. */
  readonly retryAfterSeconds: number | undefined;

  constructor(message: string, facts: Facts) {
    super(message);
    this.code = facts.code;
    this.retryable = facts.retryable;
    this.nextStep = facts.nextStep;
    this.status = facts.status;
    this.requestId = facts.requestId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** A space and the name in backticks; empty for a text that is too long or too odd to be a name. */
export const quotable = (name: unknown): string =>
  typeof name === "string" && /^[A-Za-z][A-Za-z0-9_-]{0,23}$/.test(name) ? ` \`${name}\`` : "";

/**
 * An error of this client.
 * @param detail follows the table's sentence; must not quote anything secret
 * @param nextStep replaces the table's where more is known
 */
export function clientError(
  code: ClientProblemCode,
  detail = "",
  context: ErrorContext = {},
  nextStep: string = CLIENT_PROBLEMS[code].nextStep,
): BoxStsError {
  const { sentence, retryable } = CLIENT_PROBLEMS[code];
  const message = [sentence, detail, nextStep].filter((part) => part !== "").join(" ");
  return new BoxStsError(message, { ...context, code, retryable, nextStep });
}

/**
 * An error that the token function returned.
 * @param description the function's own message; `undefined` where it could hold a secret
 */
export function functionError(
  code: string,
  retryable: boolean,
  description: string | undefined,
  context: ErrorContext,
): BoxStsError {
  const known = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code as ProblemCode] : undefined;
  const nextStep = known?.remedy ?? `Look for ${code} in docs/problems.md of the deployed version.`;
  const message = description ?? `${known?.title ?? `The token function refused: ${code}.`} ${nextStep}`;
  return new BoxStsError(message, { ...context, code, retryable, nextStep });
}
