/** What AWS calls its errors; anything else in that place is not repeated in a log. */
const AWS_NAME = /^[A-Z][A-Za-z]{2,60}$/;
/** What Node and OpenSSL call those of a connection. */
const CONNECTION_CODE = /^[A-Z][A-Z0-9_]{2,60}$/;
/** Names that say nothing: of Node for all errors, and of the AWS SDK for responses without one of AWS's own. */
const GENERAL: ReadonlySet<string> = new Set(["Error", "Unknown", "UnknownError"]);

interface SdkError {
  readonly name?: unknown;
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

/** The name of an error of the AWS SDK in a log: AWS's own, or else what happened to the connection, or the HTTP status. */
export function errorName(error: unknown): string {
  const { name, code } = (error ?? {}) as SdkError;
  const known = typeof name === "string" && AWS_NAME.test(name) ? name : "an error without a name";
  if (known === name && !GENERAL.has(known)) return known;
  if (typeof code === "string" && CONNECTION_CODE.test(code)) return code;
  const { httpStatusCode: status } = metadataOf(error);
  return status === undefined ? known : `${known} with status ${status}`;
}

/** What the AWS SDK notes about the response that an error is about, and how often it has sent the request. */
export const metadataOf = (error: unknown): Exclude<SdkError["$metadata"], undefined> =>
  (error as SdkError | null | undefined)?.$metadata ?? {};

/** Whether AWS refuses the request as it is, by the status of the response; some 4xx mean that the service is busy. */
export function isRefusal(error: unknown): boolean {
  const { httpStatusCode: status = 0 } = metadataOf(error);
  return status >= 400 && status < 500 && status !== 408 && status !== 429;
}
