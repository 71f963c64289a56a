import { randomUUID } from "node:crypto";
import type { HttpResponse } from "../http/server.ts";

const STATUS = {
  AccessDeniedException: 403,
  IncompleteSignatureException: 403,
  InvalidParameterValueException: 400,
  InvalidRequestContentException: 400,
  InvalidSignatureException: 403,
  MissingAuthenticationTokenException: 403,
  RequestTooLargeException: 413,
  ResourceNotFoundException: 404,
  UnknownOperationException: 404,
  UnrecognizedClientException: 403,
  ValidationException: 400,
} as const satisfies Record<string, number>;

/** A refusal of the Lambda API, by AWS's type. */
export class LambdaError extends Error {
  override readonly name = "LambdaError";
  readonly type: keyof typeof STATUS;
  /** Name of the caller, where it is known. */
  readonly caller: string | undefined;

  /** For the live log alone, as AWS has no such text: ` Did you mean nightly-sync?`, or nothing. */
  readonly hint: string;

  constructor(type: keyof typeof STATUS, message: string, caller?: string, hint = "") {
    super(message);
    this.type = type;
    this.caller = caller;
    this.hint = hint;
  }

  get status(): number {
    return STATUS[this.type];
  }

  toResponse(): HttpResponse {
    const headers = {
      "Content-Type": "application/json",
      "x-amzn-RequestId": randomUUID(),
      "X-Amzn-ErrorType": this.type,
    };
    const { message } = this;
    return {
      status: this.status,
      headers,
      body: JSON.stringify({ Type: "User", Message: message, message }),
    };
  }
}
