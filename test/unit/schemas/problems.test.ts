import { describe, expect, it } from "vitest";
import { Failure, PROBLEMS, type ProblemCode, problemResponse } from "../../../schemas/protocol/problems.ts";

const rows = Object.entries(PROBLEMS) as [ProblemCode, (typeof PROBLEMS)[ProblemCode]][];

describe("the problem table: the row of", () => {
  it.each(rows)("%s has a status that fits its error", (_code, { status, error }) => {
    const statuses = {
      invalid_request: [400, 404, 405],
      invalid_grant: [400],
      unsupported_grant_type: [400],
      unsupported_token_type: [400],
      unauthorized_client: [403],
      temporarily_unavailable: [502, 503],
    };
    expect(statuses[error]).toContain(status);
  });

  it.each(rows)("%s is retryable only if the request is not at fault", (_code, { status, retryable }) => {
    if (retryable) expect(status).toBeGreaterThanOrEqual(500);
  });

  it.each(rows)(
    "%s has a name, a title and a remedy without confidential text",
    (code, { title, remedy }) => {
      expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
      for (const sentence of [title, remedy]) {
        expect(sentence).toMatch(/^(?:[A-Z]|https:)/);
        expect(sentence).toMatch(/\.$/);
        // RFC 6749 §5.2: the characters of an error_description.
        expect(sentence).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
        expect(sentence).not.toMatch(/arn:|undefined|\$\{/);
      }
    },
  );

  it.each(rows)(
    "%s has a remedy without a header, which a direct invoke and the command line do not have",
    (_code, { remedy }) => {
      expect(remedy).not.toMatch(/\bheader\b|Retry-After/i);
    },
  );

  it("shared_cache_misconfigured has a remedy for a table or a service secret that was deleted", () => {
    const { title, remedy } = PROBLEMS.shared_cache_misconfigured;
    expect(`${title} ${remedy}`).toMatch(
      /or the service secret\. The operator must restore it or the permission\./,
    );
  });

  it("the status is 403 exactly for missing permission and for what Box denies the subject", () => {
    const forbidden = rows.filter(([, { status }]) => status === 403).map(([code]) => code);
    expect(forbidden.sort()).toEqual([
      "box_password_reset_required",
      "box_permission_denied",
      "box_policy_forbids",
      "box_resource_refused",
      "box_scope_refused",
      "box_subject_refused",
      "box_terms_not_accepted",
      "box_user_tokens_not_enabled",
      "unauthorized_client",
    ]);
  });

  it("a problem is retryable exactly if it is temporary", () => {
    const passing = rows.filter(([, { retryable }]) => retryable).map(([code]) => code);
    expect(passing.sort()).toEqual([
      "audit_unavailable",
      "box_assertion_replayed",
      "box_clock_skewed",
      "box_rate_limited",
      "box_token_refused",
      "box_unavailable",
      "box_unexpected_answer",
      "connection_unconfirmed",
      "connections_unavailable",
      "deadline_exceeded",
      "secret_unavailable",
      "shared_cache_unavailable",
      "signing_key_unavailable",
    ]);
  });
});

describe("who has to act", () => {
  it.each(rows)("on %s is the caller exactly if the request is at fault", (_code, { actor, status }) => {
    expect(actor === "caller").toBe(status < 500);
  });

  it.each(rows)("on %s is no one exactly if the problem is temporary", (_code, { actor, retryable }) => {
    expect(actor === "none").toBe(retryable);
  });
});

describe("a retryable problem", () => {
  const retryable = Object.entries(PROBLEMS).flatMap(([code, row]) =>
    row.retryable ? [[code, row.repeatedBy] as const] : [],
  );

  it.each(retryable)("%s is never retried by the client (%s)", (_code, repeatedBy) => {
    expect(["function", "none"]).toContain(repeatedBy);
  });
});

describe("a refusal", () => {
  it.each(rows)("for %s is RFC 6749's with code, retryable and request id", (code, row) => {
    expect(problemResponse(code, "request-1")).toEqual({
      error: row.error,
      error_description: `${row.title} ${row.remedy}`,
      code,
      retryable: row.retryable,
      request_id: "request-1",
    });
  });

  it("has the URL of its code's heading if the document is published", () => {
    const helpUrl = "https://wiki.example/box-sts/problems.md";
    expect(problemResponse("box_refused", "r", undefined, helpUrl).error_uri).toBe(`${helpUrl}#box_refused`);
  });

  it("may have its own description", () => {
    expect(problemResponse("invalid_request", "r", "scope must be x.").error_description).toBe(
      "scope must be x.",
    );
  });
});

it("a failure carries its code and its upstream's Retry-After", () => {
  const failure = new Failure("box_rate_limited", "Box responded with 429", { retryAfter: 7 });
  expect(failure).toBeInstanceOf(Error);
  expect(failure).toMatchObject({ name: "Failure", code: "box_rate_limited", retryAfter: 7 });
  expect(failure.message).toBe("Box responded with 429");
  expect(new Failure("box_refused", "x")).not.toHaveProperty("cause");
});
