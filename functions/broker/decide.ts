import type { Caller } from "../../schemas/policy/caller.ts";
import type { ProblemCode } from "../../schemas/protocol/problems.ts";
import { Failure } from "../../schemas/protocol/problems.ts";
import type { RequestRefusal, TokenRequest } from "../../schemas/protocol/token-request.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import type { AuditRecord } from "./audit-record.ts";
import { authorize, type Grant } from "./authorize.ts";
import { callerIdOf } from "./caller-id.ts";
import { likelyNames } from "./likely-names.ts";
import { loggableName } from "./loggable.ts";
import type { Credentials, PolicySource, Subject } from "./ports.ts";

/** A request that ends here. */
export interface Refusal {
  readonly code: ProblemCode;
  /** For the log. */
  readonly reason: string;
  /** For the caller, instead of the table's sentences. */
  readonly description?: string;
}

/** A request as the policy granted it. */
export interface Decision {
  readonly request: TokenRequest;
  readonly app: string;
  readonly grant: Grant;
  readonly policyDigest: string;
  /** As in the audit lines. */
  readonly callerId: string;
}

/** Parsed → app → granted by the policy, each of which the next one needs; notes in `audit` how far it got. */
export function decide(
  { apps, policy }: { readonly apps: readonly string[]; readonly policy: PolicySource },
  caller: Caller,
  requested: Result<TokenRequest, RequestRefusal>,
  audit: AuditRecord,
): Result<Decision, Refusal> {
  if (!requested.ok) {
    const { code, description } = requested.error;
    return refused({ code, reason: description, description });
  }
  const request = requested.value;
  const app = resolveApp(request, apps);
  if (!app.ok) return app;
  audit.requested(apps.includes(app.value) ? app.value : loggableName(app.value), request);
  if (!policy.available) throw new Failure("policy_unavailable", policy.reason);
  audit.decidedBy(policy.digest);
  const granted = authorizeRequest(apps, policy, caller, app.value, request);
  if (!granted.ok) return granted;
  audit.granted(granted.value);
  const callerId = callerIdOf(caller);
  return ok({ request, app: app.value, grant: granted.value, policyDigest: policy.digest, callerId });
}

function resolveApp({ app }: TokenRequest, apps: readonly string[]): Result<string, Refusal> {
  if (app !== undefined) return ok(app);
  const [only, ...others] = apps;
  if (only !== undefined && others.length === 0) return ok(only);
  const description = "app is required, because more than one app is configured: add the name of the app.";
  return refused({ code: "invalid_request", reason: "app is required", description });
}

/** An app that is not configured is refused like one that the policy does not allow. */
function authorizeRequest(
  apps: readonly string[],
  { policy }: Extract<PolicySource, { available: true }>,
  caller: Caller,
  app: string,
  request: TokenRequest,
): Result<Grant, Refusal> {
  if ("unidentified" in caller) return refused({ code: "unauthorized_client", reason: caller.unidentified });
  const decision = authorize(policy, caller, app, request);
  if (!decision.ok) {
    const { code, reason } = decision.error;
    const names = code === "unauthorized_client" ? likelyNames(policy, caller, app, apps) : "";
    return refused({ ...decision.error, reason: reason + names });
  }
  if (apps.includes(app)) return decision;
  const reason = `no such app is configured${likelyNames(policy, caller, app, apps)}`;
  return refused({ code: "unauthorized_client", reason });
}

/** Names the subject by id. The policy's `enterprise` is the app's own; any other one is refused like unknown. */
export function namedSubject(
  { subject }: TokenRequest,
  { enterpriseID, grant }: Credentials,
): Result<Subject, Refusal> {
  if (
    (grant === "oauth2" && subject.type === "enterprise") ||
    (grant === "app_token" && subject.type === "user")
  ) {
    const reason = `an app with ${grant} has no tokens for a subject of the type ${subject.type}`;
    return refused({ code: "subject_not_supported", reason });
  }
  if (subject.type === "user") return ok(subject);
  if (enterpriseID === undefined)
    return refused({ code: "app_has_no_enterprise", reason: "the config has no enterpriseID" });
  if (subject.id !== undefined && subject.id !== enterpriseID) {
    return refused({ code: "unauthorized_client", reason: "the enterprise is not the app's own" });
  }
  return ok({ type: "enterprise", id: enterpriseID });
}
