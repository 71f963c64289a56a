import { jsonText, visible } from "../action/report/escape.ts";
import { BoxStsError, type ClientProblemCode } from "../client/errors.ts";
import { misspeltRegion } from "../schemas/protocol/aws-regions.ts";
import { ok, type Result, refused } from "../schemas/result.ts";
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
  /** Seconds after which it can, where they are known. */
  readonly retry_after?: number;
  /** Under which the function logged the details. */
  readonly request_id?: string;
}

/** Codes of what a misspelt region ends in: no host of AWS has its name, or the request is signed for another one. */
const OF_REGION: ReadonlySet<string> = new Set(["unreachable", "wrong_region", "invalid_options"]);

/** Which option of the command line sets an option of the client, which its texts name in backticks. */
const WRITTEN_AS: ReadonlyMap<string, string> = new Map([
  ["`functionName`", "--function"],
  ["`minTtl`", "--min-ttl"],
  ...["url", "alias", "region", "app", "subject", "scope", "resource"].map(
    (name) => [`\`${name}\``, `--${name}`] as const,
  ),
]);

/** What only a program can do, or what has another name here: parameters of the HTTP API, which its problems name. */
const WORDED_AS: readonly (readonly [RegExp, string])[] = [
  [
    /neither the target nor AWS_REGION names one\./g,
    "neither the target nor AWS_REGION nor the AWS profile names one.",
  ],
  [/Pass `allowAnyEndpoint: true` if that host is yours\./g, "Unset the variable."],
  [/\bSend (?=box_subject_)/g, "Give "],
  [/\bsend (?=box_subject_)/g, "give "],
  [/\bbox_subject_type=user and the id of /g, "--subject user:ID of "],
  [/\bbox_subject_type=user and box_subject_id\b/g, "--subject user:ID"],
  [/\bbox_subject_type=enterprise\b/g, "--subject enterprise"],
  [/\bbox_subject_(?:type and box_subject_id|type|id)\b/g, "--subject"],
  [/^(?:An option cannot be used\. )?(?=(?:app|scope|resource) must be )/g, "$&--"],
];

/** A text of the client or a function, with the options of the command line instead of their own. */
export const withWrittenOptions = (text: string): string =>
  WORDED_AS.reduce((words, [theirs, ours]) => words.replace(theirs, ours), text).replaceAll(
    /`\w+`/g,
    (name) => WRITTEN_AS.get(name) ?? name,
  );

/** What a person does about it, where the client's advice is for programs. */
const NEXT_STEPS: Partial<Record<ClientProblemCode, string>> = {
  invalid_options: "Correct the option that the message names; --help lists them.",
  no_credentials:
    "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a profile of the AWS CLI (2.9 or later); for SSO, run aws sso login first. Where the profile is set already, aws sts get-caller-identity reports what is wrong with it.",
  credentials_expired: "Renew them (for example: aws sso login).",
  wrong_region:
    "Give the function's --region; without it AWS_REGION or the region of the AWS profile is used.",
  timed_out: "Try again.",
};

/** The client's message, with what a person does about it. */
function textOf({ code, message, nextStep }: BoxStsError): string {
  const ours = Object.hasOwn(NEXT_STEPS, code) ? NEXT_STEPS[code as ClientProblemCode] : undefined;
  return withWrittenOptions(ours === undefined ? message : message.replace(nextStep, ours));
}

/**
 * What the client reports of AWS, the network or a function.
 * @param region the request's; the message says so where AWS documents no region of this name
 * @throws an error that is not the client's
 */
export function refusalOf(
  error: unknown,
  region?: string,
): Required<Pick<Refusal, "code" | "message" | "retryable">> & Refusal {
  if (!(error instanceof BoxStsError)) throw error;
  const { code, retryable, requestId } = error;
  const text = textOf(error);
  const message = OF_REGION.has(code) ? withRegion(text, region) : text;
  return { code, message, retryable, ...(requestId && { request_id: requestId }) };
}

/** The client's text in the command line's words, followed by a sentence about a region that AWS does not document. */
export function withRegion(text: string, region: string | undefined): string {
  const hint = region === undefined ? undefined : misspeltRegion(region);
  const written = withWrittenOptions(text);
  return hint === undefined ? written : `${written} ${hint}`;
}

/** The region that the command line or the shell names. */
export const writtenRegion = (region: string | undefined, env: NodeJS.ProcessEnv): string | undefined =>
  region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;

/** The message, and with which request the service's log has the details. */
export function refusalText({ message, retry_after: seconds, request_id: id }: Refusal): string {
  const text = seconds === undefined ? message : `${message} Try again after ${seconds} s.`;
  return id === undefined ? text : `${text} (request_id ${id})`;
}

/**
 * Prints why there is no result: one line with its code, or JSON. The status is that of a finding. A sentence about the use
 * of the command is returned, for the command line to print.
 */
export function printRefusal(
  name: string,
  refusal: string | Refusal,
  asJson: boolean | undefined,
  terminal: Terminal,
): Result<ExitStatus, string> {
  if (typeof refusal === "string") return refused(refusal);
  if (asJson) terminal.out(`${jsonText({ error: refusal })}\n`);
  else terminal.err(`box-sts ${name}: ${visible(`${refusalText(refusal)} [${refusal.code}]`)}\n`);
  return ok(EXIT.finding);
}
