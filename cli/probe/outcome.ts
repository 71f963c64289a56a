import { DENIED_BY_FUNCTION, parseJson } from "../../client/aws-errors.ts";
import type { HttpResponse } from "../../client/http.ts";
import { readToken } from "../../client/token.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { withRegion } from "../refusal.ts";

/** What came back, without the token itself: a probe needs none. */
export type ProbeOutcome =
  | {
      readonly by: "function";
      readonly what: "token";
      readonly expiresIn: number;
      /** Empty for the full token of an app. */
      readonly scopes: readonly string[];
      /** Whether every scope is bound to a file or folder. */
      readonly isBound: boolean;
    }
  | { readonly by: "function"; readonly what: "refusal"; readonly code: string }
  /** The function ran, and what it returned is neither. */
  | { readonly by: "function"; readonly what: "result"; readonly text: string }
  | { readonly by: "aws"; readonly what: AwsRefusal; readonly status: number }
  | { readonly by: "network"; readonly code: string; readonly region?: string };

const AWS_TEXTS = {
  "explicit-deny": "a statement of the function's policy denies it",
  "denied-elsewhere": "another policy denies it to this identity",
  "no-allow": "nothing allows this identity to do it",
  signature: "AWS refuses the signature",
  "not-found": "AWS knows no such function or alias",
  unavailable: "AWS could not run the function",
  other: "another response",
} as const;

/**
 * `explicit-deny`: a statement of the function's policy denies it, whatever allows it. `denied-elsewhere`: a policy of this
 * identity or its organization denies it, so nothing about the function is known. `no-allow`: nothing allows this
 * identity to do so, so it is not known what would happen to one that is allowed. `signature`: the signature is missing or wrong.
 */
export type AwsRefusal = keyof typeof AWS_TEXTS;

/** The response of a Function URL. */
export function readUrlOutcome({ status, headers, body }: HttpResponse): ProbeOutcome {
  const value = parseJson(body);
  const ran = functionOutcome(value);
  if (ran !== undefined) return ran;
  if (status === 200) return { by: "function", what: "result", text: "a 200 that is no token" };
  return awsOutcome(status, headers, value);
}

/** The response of Lambda's Invoke API: a 200 also where the function failed. */
export function readInvokeOutcome({ status, headers, body }: HttpResponse): ProbeOutcome {
  const value = parseJson(body);
  if (status !== 200) return awsOutcome(status, headers, value);
  if (headers["x-amz-function-error"] === undefined) {
    return (
      functionOutcome(value) ?? functionOutcome(parseJson(String(isObject(value) ? value.body : ""))) ?? RAN
    );
  }
  const thrown = isObject(value) ? parseJson(String(value.errorMessage)) : undefined;
  return functionOutcome(thrown) ?? { by: "function", what: "result", text: "an error of its own" };
}

const RAN: ProbeOutcome = { by: "function", what: "result", text: "a result that is no token" };

function functionOutcome(value: unknown): ProbeOutcome | undefined {
  const token = readToken(value);
  if (token !== undefined) {
    const rows = token.restrictedTo ?? [];
    const isBound = rows.length > 0 && rows.every(({ object }) => object !== undefined);
    const scopes = [...new Set(rows.map(({ scope }) => scope))];
    return { by: "function", what: "token", expiresIn: token.expiresIn, scopes, isBound };
  }
  if (!isObject(value) || typeof value.code !== "string" || typeof value.error !== "string") return undefined;
  return { by: "function", what: "refusal", code: value.code };
}

function awsOutcome(status: number, headers: HttpResponse["headers"], value: unknown): ProbeOutcome {
  const type = String(headers["x-amzn-errortype"] ?? "").split(":", 1)[0] ?? "";
  const message = isObject(value) ? String(value.Message ?? value.message ?? "") : "";
  const what = ((): AwsRefusal => {
    if (type === "ResourceNotFoundException" || status === 404) return "not-found";
    if (status === 429 || status >= 500) return "unavailable";
    if (status !== 403 && status !== 401 && status !== 400) return "other";
    if (DENIED_BY_FUNCTION.test(message)) return "explicit-deny";
    if (/explicit deny/i.test(message)) return "denied-elsewhere";
    if (
      /signature|MissingAuthenticationToken|security token|IncompleteSignature|UnrecognizedClient/i.test(
        `${type} ${message}`,
      )
    )
      return "signature";
    return "no-allow";
  })();
  return { by: "aws", what, status };
}

export function outcomeText(seen: ProbeOutcome): string {
  if (seen.by === "network") return withRegion(`no response (${seen.code})`, seen.region);
  if (seen.by === "aws") return `${AWS_TEXTS[seen.what]} (${seen.status})`;
  if (seen.what === "refusal") return `the function refuses it (${seen.code})`;
  if (seen.what === "result") return `the function ran and returned ${seen.text}`;
  const what = seen.scopes.length === 0 ? "the app's full token" : `a token with ${seen.scopes.join(", ")}`;
  return `the function returned ${what}${seen.isBound ? ", bound to a file or folder" : ""}, for ${seen.expiresIn} s`;
}

/** As `seenText`, of a request that no identity has signed. */
export const unsignedText = (seen: ProbeOutcome): string =>
  seen.by === "aws" && (seen.what === "no-allow" || seen.what === "signature")
    ? `AWS refused the unsigned request (${seen.status})`
    : outcomeText(seen);
