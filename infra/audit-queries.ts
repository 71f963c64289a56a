/** A saved query of Logs Insights. */
export interface Query {
  readonly title: string;
  readonly lines: readonly string[];
  /** Words in the query that the auditor replaces before running it, and with what. */
  readonly places?: Readonly<Record<string, string>>;
}

/**
 * The queries of auditors about the audit events (`docs/audit.md` has the same text). AWS does not document what becomes of
 * a JSON null, nor what a comparison with a missing field gives: where null matters, a query reads the line's own text, in
 * which no other property can contain it, because JSON escapes the quotes of a value. All rows count here, so each
 * query has AWS's largest limit.
 */
export const AUDIT_QUERIES = {
  folder: {
    title: "Who could reach a folder",
    places: {
      FOLDER_ID: "the folder's id; a token for a folder above it reaches it as well, so list those too",
    },
    lines: [
      'filter kind = "audit" and outcome = "issued"',
      'filter resource_granted in ["https://api.box.com/2.0/folders/FOLDER_ID"] or @message like \'"resource_granted":null\'',
      "stats count(*) as tokens, min(time) as first, max(time) as latest by caller, app, subject, statement, resource_granted",
      "sort tokens desc",
      "limit 10000",
    ],
  },
  token: {
    title: "Where a token comes from, and who got it",
    places: { TOKEN_SHA256: "the SHA-256 of the token in lower-case hex" },
    lines: [
      'filter kind = "audit" and token_sha256 = "TOKEN_SHA256"',
      "sort time asc",
      "limit 10000",
      "display time, action, outcome, cache, effect, caller, caller_session, source_ip, app, subject, statement, resource_granted, expires_in, policy_digest, request_id, box_request_id, @message",
    ],
  },
  denied: {
    title: "Which callers were denied, and why",
    lines: [
      'filter kind = "audit" and outcome = "denied"',
      "stats count(*) as requests, min(time) as first, max(time) as latest by caller, action, app, subject, code, reason",
      "sort requests desc",
      "limit 10000",
    ],
  },
  statements: {
    title: "Which statements were used",
    lines: [
      'filter kind = "audit" and @message like \'"statement":"\'',
      "stats count(*) as requests, count_distinct(caller) as callers, max(time) as latest by statement",
      "sort latest asc",
      "limit 10000",
    ],
  },
  revocations: {
    title: "Who revoked what",
    lines: [
      'filter kind = "audit" and action = "revoke"',
      "sort time asc",
      "limit 10000",
      "display time, caller, caller_session, source_ip, outcome, effect, code, reason, app, subject, resource_granted, isolated, statement, token_sha256, request_id",
    ],
  },
} as const satisfies Readonly<Record<string, Query>>;

/** Of the logs of `authorize` and `connections`, which not every service has. */
export const CONNECTIONS_AUDIT_QUERY: Query = {
  title: "Which users connected and disconnected",
  lines: [
    'filter kind = "audit" and action in ["connect", "disconnect"]',
    "sort time asc",
    "limit 10000",
    "display time, action, outcome, effect, code, reason, app, subject, source_ip, client_id, token_sha256, request_id",
  ],
};

/** The query as it is saved, pasted and run: one command in a line. */
export function queryText({ lines }: Query): string {
  return lines.join("\n| ");
}
