import { authorize } from "../../functions/broker/authorize.ts";
import {
  type NearestStatement,
  nearestStatement,
  nearestText,
} from "../../schemas/policy/nearest-statement.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import { undocumentedScopes } from "../../schemas/protocol/scopes.ts";
import type { PolicyRequest } from "./request.ts";

/** What a policy decides about a request, for people and for programs. */
export type Decision =
  | {
      readonly decision: "allow";
      readonly statement: string;
      /** Absent in the app's full token. */
      readonly scopes?: readonly string[];
      /** Absent where the scopes are bound to no file or folder. */
      readonly resource?: string;
      readonly isolate: boolean;
      /** What the caller may have misspelt all the same: an unrestricted statement covers every text. */
      readonly advice?: string;
    }
  | {
      readonly decision: "deny";
      readonly code: string;
      readonly reason: string;
      /** What the caller has to add or may have misspelt. */
      readonly advice?: string;
      readonly nearest?: NearestStatement;
    };

/** What a policy cannot decide. */
const AT_BOX = "Box decides whether a token can have it.";

/** The decision of the token function's own code. */
export function decide(policy: Policy, { caller, app, request }: PolicyRequest): Decision {
  const granted = authorize(policy, caller, app, request);
  const undocumented = undocumentedScopes(request.scopes ?? []);
  if (granted.ok) {
    const { statement, restriction, isolate = false } = granted.value;
    const advice = undocumented === undefined ? {} : { advice: `${undocumented} ${AT_BOX}` };
    return { decision: "allow", statement, ...restriction, isolate, ...advice };
  }
  const { code, reason, description } = granted.error;
  const advice = description ?? undocumented;
  const { subject, scopes, resource } = request;
  const name = subject.type === "user" ? `user:${subject.id}` : "enterprise";
  const nearest =
    code === "unauthorized_client"
      ? nearestStatement(policy, { caller, app, subject: name, scopes, resource })
      : undefined;
  return {
    decision: "deny",
    code,
    reason,
    ...(advice !== undefined && { advice }),
    ...(nearest !== undefined && { nearest }),
  };
}

/** `item_download on https://api.box.com/2.0/folders/987`. */
export function tokenText(token: {
  readonly scopes?: readonly string[];
  readonly resource?: string;
}): string {
  if (token.scopes === undefined) return "the app's full token";
  const on = token.resource === undefined ? "not bound to a file or folder" : `on ${token.resource}`;
  return `${token.scopes.join(" ")}, ${on}`;
}
/** `deny (unauthorized_client): no statement matches; …`, with what is missing. */
export function decisionText(decision: Decision): string {
  if (decision.decision === "allow") {
    const own = decision.isolate ? ", isolated" : "";
    const text = `allow by the statement ${decision.statement}: ${tokenText(decision)}${own}`;
    return decision.advice === undefined ? text : `${text}. ${decision.advice}`;
  }
  const { code, reason, nearest, advice } = decision;
  const missing = nearest === undefined ? "" : `; the nearest: ${nearestText(nearest)}`;
  return `deny (${code}): ${reason}${missing}${advice === undefined ? "" : `. ${advice}`}`;
}
