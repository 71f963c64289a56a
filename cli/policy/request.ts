import { CALLER_NAME, type Caller } from "../../schemas/policy/caller.ts";
import { parseTokenRequest, type TokenRequest } from "../../schemas/protocol/token-request.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";

/** A request as a person writes it, in options or in a file of expectations. */
export interface WrittenRequest {
  /** An ARN, `alias:NAME` or `name:NAME`. */
  readonly caller: string;
  /** The name that the deployment gives a caller that is written as an ARN. */
  readonly callerName?: string | undefined;
  readonly app: string;
  /** `enterprise`, `enterprise:ID` or `user:ID`; default: `enterprise`. */
  readonly subject?: string | undefined;
  /** Separated by spaces. */
  readonly scope?: string | undefined;
  readonly resource?: string | undefined;
}

/** What `authorize` decides. */
export interface PolicyRequest {
  readonly caller: Caller;
  readonly app: string;
  readonly request: TokenRequest;
}

/** The request as the token function parses it; otherwise a sentence that names the property and what is allowed. */
export function policyRequest(written: WrittenRequest): Result<PolicyRequest, string> {
  const caller = callerOf(written.caller, written.callerName);
  if (!caller.ok) return caller;
  const { app, subject = "enterprise", scope, resource } = written;
  const [, type, id] = /^(enterprise|user)(?::(.*))?$/s.exec(subject) ?? [];
  if (type === undefined || (type === "user" && id === undefined)) {
    return refused(`The subject is ${subject}; write enterprise, enterprise:ID or user:ID.`);
  }
  const parsed = parseTokenRequest({ app, box_subject_type: type, box_subject_id: id, scope, resource });
  return parsed.ok
    ? ok({ caller: caller.value, app, request: parsed.value })
    : refused(parsed.error.description);
}

const SESSION = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([^/]+)\/[^/]+$/;
const PRINCIPAL = /^arn:aws[a-z-]*:iam::\d{12}:(?:role|user)\/[^*]+$/;

function callerOf(text: string, name: string | undefined): Result<Caller, string> {
  if (name !== undefined && !CALLER_NAME.test(name)) {
    return refused(`The caller's name is ${name}; write 1 to 128 letters, digits, dashes and underscores.`);
  }
  const [, kind, given = ""] = /^(alias|name):(.*)$/s.exec(text) ?? [];
  if (kind !== undefined) {
    if (name !== undefined)
      return refused(`A caller that is written as ${kind}: has no other name; leave it out.`);
    if (!CALLER_NAME.test(given)) {
      return refused(`The caller is ${text}; a name is 1 to 128 letters, digits, dashes and underscores.`);
    }
    // No pattern of an ARN matches this text: the caller is known by its name alone.
    return ok(kind === "alias" ? { alias: given } : { iam: text, name: given });
  }
  // As at the Function URL, where a session's name counts for nothing.
  const iam = text.replace(SESSION, "arn:$1:iam::$2:role/$3");
  if (PRINCIPAL.test(iam)) return ok({ iam, ...(name !== undefined && { name }) });
  return refused(
    `The caller is ${text}; write the ARN of an IAM role or user, alias:NAME, or name:NAME for a name that the deployment gives.`,
  );
}
