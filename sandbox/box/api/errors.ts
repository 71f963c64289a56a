import { randomBytes } from "node:crypto";
import type { HttpResponse } from "../../http/server.ts";

const FACTS = {
  bad_request: { status: 400, message: "Bad Request" },
  invalid_api_version: { status: 400, message: "Invalid API version specified in 'box-version' header." },
  invalid_limit: { status: 400, message: "Limit is not a valid number" },
  invalid_offset: { status: 400, message: "Offset is not a valid number" },
  item_name_invalid: { status: 400, message: "Item name invalid" },
  item_name_too_long: { status: 400, message: "Item name too long" },
  cyclical_folder_structure: { status: 400, message: "Folder move creates cyclical folder structure" },
  folder_not_empty: { status: 400, message: "Cannot delete - folder not empty" },
  bad_digest: { status: 400, message: "The specified content-md5 did not match what we received" },
  metadata_after_file_contents: {
    status: 400,
    message: "Metadata is included after file contents in a file upload request",
  },
  file_size_too_small: { status: 400, message: "The file is too small for a chunked upload" },
  invalid_upload_session_id: {
    status: 400,
    message: "The upload session ID provided is not of a valid format",
  },
  collaborations_not_available_on_root_folder: { status: 400, message: "Root folder cannot be collaborated" },
  invalid_collaboration_item: {
    status: 400,
    message: "Item type must be specified and set to 'file' or 'folder'",
  },
  invalid_status: {
    status: 400,
    message: "You can change the status only if the collaboration is pending",
  },
  user_already_collaborator: { status: 400, message: "User is already a collaborator" },
  not_found: { status: 404, message: "Not Found" },
  trashed: { status: 404, message: "Item is trashed" },
  not_trashed: { status: 404, message: "Item is not trashed" },
  method_not_allowed: { status: 405, message: "Method Not Allowed" },
  insufficient_scope: {
    status: 403,
    message: "The request requires higher privileges than provided by the access token.",
  },
  access_denied_insufficient_permissions: {
    status: 403,
    message: "Access denied - insufficient permission",
  },
  forbidden: { status: 403, message: "Client does not have permission to upload to this session" },
  file_size_limit_exceeded: { status: 403, message: "File size exceeds the folder owner's file size limit" },
  incorrect_shared_item_password: {
    status: 403,
    message: "The shared item has a password, which is wrong or missing",
  },
  access_denied_item_locked: { status: 403, message: "Access denied - item locked" },
  access_from_location_blocked: {
    status: 403,
    message: "You're attempting to log in from a location that your admin has not approved",
  },
  forbidden_by_policy: { status: 403, message: "Access denied - forbidden by policy" },
  forbidden_by_something_new: { status: 403, message: "Access denied" },
  password_reset_required: { status: 400, message: "User needs to reset password" },
  conflict: { status: 409, message: "A resource with this value already exists" },
  user_login_already_used: { status: 409, message: "User with the specified login already exists" },
  item_name_in_use: { status: 409, message: "Item with the same name already exists" },
  range_overlaps_existing_part: {
    status: 409,
    message: "The part overlaps with a part that was uploaded before",
  },
  session_expired: { status: 410, message: "The upload session has expired" },
  request_entity_too_large: { status: 413, message: "Request Entity too Large" },
  invalid_range: { status: 416, message: "The content range does not match a part of the session" },
  precondition_failed: {
    status: 412,
    message: "The resource has been modified. Please retrieve the resource again and retry",
  },
  rate_limit_exceeded: { status: 429, message: "Request rate limit exceeded, please try again later" },
  internal_server_error: { status: 500, message: "Internal Server Error" },
  unavailable: { status: 503, message: "Unavailable" },
} as const satisfies Record<string, { status: number; message: string }>;

export type ApiErrorCode = keyof typeof FACTS;

interface RefusalDetails {
  /** Default: the message of the code. */
  readonly message?: string;
  readonly headers?: HttpResponse["headers"];
  /** What the `context_info` of the response holds. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/** An API call that Box refuses. */
export class ApiRefusal extends Error {
  override readonly name = "ApiRefusal";
  readonly code: ApiErrorCode;
  readonly details: RefusalDetails;

  constructor(code: ApiErrorCode, details: RefusalDetails = {}) {
    super(details.message ?? FACTS[code].message);
    this.code = code;
    this.details = details;
  }

  toResponse(): HttpResponse {
    const { message } = this;
    const { context, headers } = this.details;
    const challenge = `Bearer realm="Service", error="insufficient_scope", error_description="${message}"`;
    const scopeHeaders = this.code === "insufficient_scope" ? { "WWW-Authenticate": challenge } : {};
    const more = context === undefined ? { message } : { context_info: context, message };
    return apiError(this.code, { ...scopeHeaders, ...headers }, more);
  }
}

/** The refusal of an id that does not exist, or that the user may not see. */
export function notFound(name: string, value: string): ApiRefusal {
  const message = `Invalid value '${value}'. '${name}' with value '${value}' not found`;
  return new ApiRefusal("not_found", {
    context: { errors: [{ reason: "invalid_parameter", name, message }] },
  });
}

/** Box's error object of the API, which is also what its rate limiter sends on the token endpoint. */
export function apiError(
  code: ApiErrorCode,
  headers: HttpResponse["headers"] = {},
  more: Readonly<Record<string, unknown>> = {},
  status: number = FACTS[code].status,
): HttpResponse {
  const { message, ...context } = { message: FACTS[code].message, ...more };
  const help_url = "http://developers.box.com/docs/#errors";
  const request_id = randomBytes(8).toString("hex");
  const response = apiJson(status, {
    type: "error",
    status,
    code,
    ...context,
    help_url,
    message,
    request_id,
  });
  return { ...response, headers: { ...response.headers, ...headers } };
}

/** JSON as PHP writes it, with escaped slashes. */
export function apiJson(status: number, body: unknown): HttpResponse {
  const text = JSON.stringify(body).replaceAll("/", "\\/");
  return { status, headers: { "Content-Type": "application/json" }, body: text };
}
