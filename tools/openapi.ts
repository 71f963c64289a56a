import { PROBLEMS, type ProblemCode } from "../schemas/protocol/problems.ts";
import { REVOCATION_REQUEST_FORMS } from "../schemas/protocol/revocation-request.ts";
import {
  DEFAULT_MIN_TTL_SECONDS,
  MAX_MIN_TTL_SECONDS,
  MAX_SCOPE_LENGTH,
  TOKEN_REQUEST_FORMS,
} from "../schemas/protocol/token-request.ts";

type Schema = Readonly<Record<string, unknown>>;

/** What `PROBLEMS` does not contain about a status. */
const STATUS_TITLES: Readonly<Record<string, string>> = {
  400: "The request is malformed.",
  403: "The policy or Box does not allow the request; or IAM does not allow the call, which AWS reports itself.",
  404: "The path is neither /oauth2/token nor /oauth2/revoke.",
  405: "The method is not POST.",
  502: "Box or the service failed; `retryable` says whether another attempt can help. Or the function crashed, which AWS reports itself.",
  503: "Box or Secrets Manager cannot serve the request now, or the deployment cannot: `retryable` says which.",
};

type OperationId = "issueToken" | "revokeToken";

/** The problems that one operation alone has; all others both have. */
const ONLY_OF: { readonly [Code in ProblemCode]?: OperationId } = {
  unsupported_grant_type: "issueToken",
  app_has_no_enterprise: "issueToken",
  // A property of the path, which the document has to put somewhere.
  unknown_path: "issueToken",
  revocation_not_configured: "revokeToken",
  revocation_not_possible: "revokeToken",
  shared_cache_unavailable: "revokeToken",
};

const DEFAULTS: Readonly<Record<string, string | number>> = {
  grant_type: "client_credentials",
  box_subject_type: "enterprise",
  min_ttl: DEFAULT_MIN_TTL_SECONDS,
};

/** Every response has them (RFC 6749 §5.1). */
const NO_STORE = {
  "Cache-Control": { required: true, schema: { const: "no-store" } },
  Pragma: { required: true, schema: { const: "no-cache" } },
};
const RETRY_AFTER = {
  "Retry-After": { description: "Seconds to wait, where they are known.", schema: { type: "string" } },
};

/** The OpenAPI 3.1 document of the Function URL of `token-url`, made from the tables that the function uses. */
export function openApiDocument(): Schema {
  return {
    openapi: "3.1.0",
    info: {
      title: "box-sts token function",
      version: "1",
      summary: "Short-lived Box access tokens for callers that sign with an IAM role.",
      description:
        "OAuth 2.0 token endpoint (RFC 6749 §4.4, §5) and revocation endpoint (RFC 7009). See docs/http-api.md.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [
      {
        url: "https://{id}.lambda-url.{region}.on.aws",
        description: "The Function URL: the stack's output TokenUrl without its path.",
        variables: { id: { default: "abc123" }, region: { default: "eu-central-1" } },
      },
    ],
    security: [{ sigv4: [] }],
    paths: { "/oauth2/token": { post: issueToken() }, "/oauth2/revoke": { post: revokeToken() } },
    components: {
      securitySchemes: {
        sigv4: {
          type: "apiKey",
          in: "header",
          name: "Authorization",
          description:
            "AWS Signature Version 4 for the service `lambda`, by an IAM role or user that is granted the URL.",
        },
      },
      schemas: {
        TokenRequest: tokenRequest(),
        TokenResponse: TOKEN_RESPONSE,
        RevocationRequest: revocationRequest(),
        ...sharedRefusals(),
        AwsError: AWS_ERROR,
      },
    },
  };
}

function issueToken(): Schema {
  const description = "At most 16 KiB. Every parameter is optional.";
  return {
    operationId: "issueToken" satisfies OperationId,
    summary: "Issues a Box access token, or returns a cached one.",
    requestBody: { description, content: formOrJson("TokenRequest") },
    responses: { 200: issued(), ...refusals("issueToken"), 429: THROTTLED },
  };
}

function revokeToken(): Schema {
  return {
    operationId: "revokeToken" satisfies OperationId,
    summary: "Revokes a token that this service issued.",
    requestBody: { required: true, description: "At most 16 KiB.", content: formOrJson("RevocationRequest") },
    responses: { 200: REVOKED, ...refusals("revokeToken"), 429: THROTTLED },
  };
}

function formOrJson(name: string): Schema {
  const schema = { $ref: `#/components/schemas/${name}` };
  return { "application/x-www-form-urlencoded": { schema }, "application/json": { schema } };
}

function tokenRequest(): Schema {
  const properties = Object.entries(TOKEN_REQUEST_FORMS).map(([name, [form, description]]) => {
    const text = { type: "string", pattern: form.source, ...limitOf(name) };
    // The only parameter that JSON may carry as a number.
    const number = { type: "integer", minimum: 0, maximum: MAX_MIN_TTL_SECONDS };
    const shape = name === "min_ttl" ? { anyOf: [text, number] } : text;
    return [name, { ...shape, description, ...(name in DEFAULTS && { default: DEFAULTS[name] }) }];
  });
  return {
    type: "object",
    properties: Object.fromEntries(properties),
    additionalProperties: false,
    if: { properties: { box_subject_type: { const: "user" } }, required: ["box_subject_type"] },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema.
    then: { required: ["box_subject_id"] },
  };
}

function revocationRequest(): Schema {
  const properties = Object.entries(REVOCATION_REQUEST_FORMS).map(([name, [form, description]]) => [
    name,
    { type: "string", pattern: form.source, description },
  ]);
  return {
    type: "object",
    required: ["token"],
    properties: Object.fromEntries(properties),
    additionalProperties: false,
  };
}

const limitOf = (name: string) => (name === "scope" ? { maxLength: MAX_SCOPE_LENGTH } : {});

const TOKEN_RESPONSE: Schema = {
  type: "object",
  required: ["access_token", "token_type", "expires_in"],
  additionalProperties: false,
  properties: {
    access_token: { type: "string", description: "A Box access token." },
    token_type: { const: "bearer" },
    expires_in: { type: "integer", minimum: 0, description: "Seconds of life that the token has left." },
    scope: { type: "string", description: "The token's scopes, where it is downscoped." },
    restricted_to: {
      type: "array",
      items: { type: "object" },
      description: "Box's own list of scopes and items, where the token is downscoped.",
    },
    issued_token_type: { type: "string", description: "RFC 8693 §2.2.1, where the token is downscoped." },
  },
};

const issued = (): Schema => ({
  description: "A token (RFC 6749 §5.1).",
  headers: NO_STORE,
  content: { "application/json": { schema: { $ref: "#/components/schemas/TokenResponse" } } },
});

/** The status is the whole response. */
const REVOKED: Schema = {
  description:
    "The token is revoked as far as the policy lets the caller do so, or needs no revocation: it has expired or is unknown (RFC 7009 §2.2). The body is empty.",
  headers: NO_STORE,
};

type Row = readonly [code: string, facts: (typeof PROBLEMS)[ProblemCode]];
const ROWS: readonly Row[] = Object.entries(PROBLEMS);
const ownerOf = ([code]: Row): OperationId | undefined => ONLY_OF[code as ProblemCode];

/** The schemas of what both operations refuse, by status. */
function sharedRefusals(): Schema {
  return Object.fromEntries(
    statusesOf(ROWS.filter((row) => ownerOf(row) === undefined)).map((status) => [
      `Refusal${status}`,
      refusal(ROWS.filter((row) => row[1].status === status && ownerOf(row) === undefined)),
    ]),
  );
}

const statusesOf = (rows: readonly Row[]) => [...new Set(rows.map(([, { status }]) => status))].sort();

function refusals(operation: OperationId): Schema {
  const rows = ROWS.filter((row) => (ownerOf(row) ?? operation) === operation);
  return Object.fromEntries(
    statusesOf(rows).map((status) => {
      const here = rows.filter(([, row]) => row.status === status);
      const own = here.filter((row) => ownerOf(row) !== undefined);
      const byAws = BY_AWS_TOO.has(status);
      const headers = { ...(byAws ? {} : NO_STORE), ...RETRY_AFTER, ...(status === 405 && ALLOW) };
      const schemas = [
        ...(here.length > own.length ? [{ $ref: `#/components/schemas/Refusal${status}` }] : []),
        ...(own.length > 0 ? [refusal(own)] : []),
        ...(byAws ? [{ $ref: "#/components/schemas/AwsError" }] : []),
      ];
      const schema = schemas.length === 1 ? schemas[0] : { anyOf: schemas };
      return [
        status,
        { description: STATUS_TITLES[status] ?? "", headers, content: { "application/json": { schema } } },
      ];
    }),
  );
}

/** Responses of AWS itself, which has not run the function, or got no response from it. */
const AWS_ERROR: Schema = {
  type: "object",
  properties: { Message: { type: ["string", "null"] }, message: { type: ["string", "null"] } },
  anyOf: [{ required: ["Message"] }, { required: ["message"] }],
  not: { required: ["code"] },
};
const BY_AWS_TOO: ReadonlySet<number> = new Set([403, 502]);

const THROTTLED: Schema = {
  description:
    "Lambda throttles the function: its reserved concurrency is in use, or the operator has stopped the service.",
  content: { "application/json": { schema: { $ref: "#/components/schemas/AwsError" } } },
};

const ALLOW = { Allow: { required: true, schema: { const: "POST" } } };

/** RFC 6749 §5.2 with the codes of one status; each code has its own `error` and `retryable`. */
function refusal(rows: readonly Row[]): Schema {
  return {
    type: "object",
    required: ["error", "error_description", "code", "retryable", "request_id"],
    additionalProperties: false,
    properties: {
      error: { enum: [...new Set(rows.map(([, { error }]) => error))] },
      error_description: { type: "string", description: "What is wrong and what to do." },
      error_uri: {
        type: "string",
        format: "uri",
        description: "The page about the code, where the operator publishes it.",
      },
      code: { enum: rows.map(([code]) => code), description: "docs/problems.md has a heading for each." },
      retryable: {
        type: "boolean",
        description: "Whether the same request can succeed later although nothing was changed.",
      },
      request_id: { type: "string", description: "Id under which the function logged the details." },
      retry_after: { type: "integer", minimum: 0, description: "Seconds to wait, where they are known." },
      box_request_id: { type: "string", description: "Id that Box Support requests, where Box responded." },
    },
    oneOf: rows.map(([code, { error, retryable }]) => ({
      properties: { code: { const: code }, error: { const: error }, retryable: { const: retryable } },
    })),
  };
}
