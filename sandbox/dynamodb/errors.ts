import type { SignatureRefusal } from "../aws/sigv4.ts";

const COMMON = "com.amazon.coral.service";
const DYNAMODB = "com.amazonaws.dynamodb.v20120810";

interface ErrorFacts {
  readonly prefix: string;
  readonly status: number;
  /** AWS's wording, where it is always the same. */
  readonly message?: string;
}

/** Refusals that do not depend on a table or an item; those belong to the engine. */
const ERRORS = {
  AccessDeniedException: { prefix: COMMON, status: 400 },
  MissingAuthenticationTokenException: { prefix: COMMON, status: 400 },
  IncompleteSignatureException: { prefix: COMMON, status: 400 },
  InvalidSignatureException: { prefix: COMMON, status: 400 },
  UnrecognizedClientException: { prefix: COMMON, status: 400 },
  SerializationException: { prefix: COMMON, status: 400, message: "The request body is not a JSON object." },
  ThrottlingException: {
    prefix: DYNAMODB,
    status: 400,
    message:
      "Throughput exceeds the current capacity of your table or index. DynamoDB is automatically scaling your table or index so please try again shortly.",
  },
  ServiceUnavailableException: { prefix: COMMON, status: 503, message: "DynamoDB is currently unavailable." },
} as const satisfies Record<SignatureRefusal["type"], ErrorFacts> & Record<string, ErrorFacts>;

type ErrorType = keyof typeof ERRORS;

/** A refusal of the front. */
export class DynamoDbError extends Error {
  override readonly name = "DynamoDbError";
  readonly #type: ErrorType;

  /** @param message AWS's fixed wording if it is absent */
  constructor(type: ErrorType, message?: string) {
    const facts: ErrorFacts = ERRORS[type];
    super(message ?? facts.message);
    this.#type = type;
  }

  get status(): number {
    return ERRORS[this.#type].status;
  }

  /** As DynamoDB writes it: `Message` has a capital letter in a refused permission, and in no other error. */
  get body(): Readonly<Record<string, string>> {
    const property = this.#type === "AccessDeniedException" ? "Message" : "message";
    return { __type: `${ERRORS[this.#type].prefix}#${this.#type}`, [property]: this.message };
  }
}
