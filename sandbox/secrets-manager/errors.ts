/** Errors of Secrets Manager, by AWS's type; the message is AWS's wording. */
export type SecretsErrorType =
  | "ResourceNotFoundException"
  | "ResourceExistsException"
  | "InvalidRequestException"
  | "InvalidParameterException"
  | "ValidationException"
  | "InvalidNextTokenException"
  | "AccessDeniedException"
  | "ThrottlingException"
  | "InternalServiceError"
  | "UnknownOperationException"
  | "SerializationException"
  | "MissingAuthenticationTokenException"
  | "IncompleteSignatureException"
  | "InvalidSignatureException"
  | "UnrecognizedClientException";

export class SecretsError extends Error {
  override readonly name = "SecretsError";
  readonly type: SecretsErrorType;

  constructor(type: SecretsErrorType, message: string) {
    super(message);
    this.type = type;
  }

  /** AWS JSON responds with 400 to everything but internal errors. */
  get status(): number {
    return this.type === "InternalServiceError" ? 500 : 400;
  }
}

export const notFound = () =>
  new SecretsError("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");

export const valueNotFound = (by: "VersionId" | "staging label", given: string) =>
  new SecretsError(
    "ResourceNotFoundException",
    `Secrets Manager can't find the specified secret value for ${by}: ${given}`,
  );
