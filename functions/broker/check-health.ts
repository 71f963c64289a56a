import { openPrivateKey } from "../../keys/open.ts";
import { type BoxConfig, type ConfigSubject, parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { formatIssue } from "../../schemas/json/issue.ts";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import { ok, type Result, refused } from "../../schemas/result.ts";
import {
  type Advice,
  adviceFor,
  CHECKS,
  type Check,
  POLICY_CHECK,
  WRONG_ACCOUNT,
  WRONG_ACCOUNT_ADVICE,
} from "./health-advice.ts";
import type { Call, Credentials, GrantToken, PolicySource, RequestContext, Subject } from "./ports.ts";

/** The user of a token: three properties of Box's `users/me`. */
export interface BoxUser {
  readonly id: string;
  readonly name: string;
  readonly login: string;
}

/** The policy document that is deployed beside the function, which is the token functions' own. */
export interface PolicyHealth {
  readonly healthy: boolean;
  /** SHA-256 of the document, as in audit lines; absent where it does not load. */
  readonly digest?: string;
  readonly failure?: HealthFailure;
}

/** One app, checked as far as it got. Holds no value of the secret. */
export interface AppHealth {
  readonly app: string;
  readonly healthy: boolean;
  readonly passed: readonly Check[];
  readonly failure?: HealthFailure;
  /** What works, but should be repaired: the config's warnings, by pointer. */
  readonly warnings: readonly string[];
  /** Who the app's token is; what `box users:get` shows. */
  readonly user?: BoxUser;
}

interface HealthFailure extends Advice {
  readonly check: Check | typeof POLICY_CHECK;
  readonly code: ProblemCode | typeof WRONG_ACCOUNT;
  /** The world's own words, for the operator. */
  readonly detail: string;
  /** What Box calls the request that it refused, for Box Support. */
  readonly box_request_id?: string;
}

/** What the health of an app is found out with; each throws a `Failure`. */
export interface HealthPorts {
  /** The secret's current version, by the app's name. */
  readonly readSecret: Call<string, { readonly versionId: string; readonly text: string }>;
  open(app: string, version: Pick<Credentials, "versionId" | "stage">, config: BoxConfig): Credentials;
  readonly grant: GrantToken;
  /** By the access token. */
  readonly whoAmI: Call<string, BoxUser>;
  /** App name → id or login of the user that its token must be. */
  readonly expectedUsers: ReadonlyMap<string, string>;
}

/** Box gives every Service Account a login of this form. */
const SERVICE_ACCOUNT = /^AutomationUser_\w+@boxdevedition\.com$/;

/**
 * The use case: secret → config → key → token → user, each of which the next one needs. The current version of
 * the secret is checked alone: that a previous one still works would hide what is about to fail.
 * @returns never a rejection for what is wrong with the app
 */
export async function checkHealth(
  app: string,
  ports: HealthPorts,
  context: RequestContext,
): Promise<AppHealth> {
  const passed: Check[] = [];
  const warnings: string[] = [];
  const unhealthy = (failure: HealthFailure, user?: BoxUser): AppHealth => {
    return { app, healthy: false, passed, failure, warnings, ...(user !== undefined && { user }) };
  };
  try {
    const { versionId, text } = await ports.readSecret(app, context);
    passed.push("secret");
    const config = validConfig(text, warnings);
    if (!config.ok) return unhealthy(failureOf(config.error, "config"));
    passed.push("config");
    const keyProblem = problemOfKey(config.value);
    if (keyProblem !== undefined) return unhealthy(failureOf(keyProblem, "key"));
    const credentials = ports.open(app, { versionId, stage: "AWSCURRENT" }, config.value);
    passed.push("key");
    // Its tokens are those of the users who connect.
    if (credentials.grant === "oauth2" || config.value.grant === "oauth2") {
      return { app, healthy: true, passed, warnings };
    }
    const subject = subjectOf(config.value);
    let token: string;
    if (credentials.grant === "app_token") token = credentials.appTokens.primary.token;
    else {
      const granted = await ports.grant({ credentials, subject }, context);
      if (!granted.ok) return unhealthy(failureOf(granted.error.failure, "token"));
      token = granted.value.token.access_token;
    }
    passed.push("token");
    const user = await ports.whoAmI(token, context);
    const detail = accountMismatch(user, subject, ports.expectedUsers.get(app));
    if (detail !== undefined) {
      return unhealthy({ check: "user", code: WRONG_ACCOUNT, detail, ...WRONG_ACCOUNT_ADVICE }, user);
    }
    passed.push("user");
    return { app, healthy: true, passed, warnings, user };
  } catch (thrown) {
    return unhealthy(failureOf(thrown, CHECKS[passed.length] ?? "user"));
  }
}

/** Whether the token functions, which have the same document, decide by it or refuse every request. */
export function checkPolicy(policy: PolicySource): PolicyHealth {
  if (policy.available) return { healthy: true, digest: policy.digest };
  return {
    healthy: false,
    failure: failureOf(new Failure("policy_unavailable", policy.reason), POLICY_CHECK),
  };
}

function failureOf(thrown: unknown, check: HealthFailure["check"]): HealthFailure {
  const { code, message, boxRequestId } =
    thrown instanceof Failure ? thrown : new Failure("internal_error", "the check itself failed");
  const origin = boxRequestId === undefined ? {} : { box_request_id: boxRequestId };
  return { check, code, detail: message, ...origin, ...adviceFor(code, check) };
}

function validConfig(text: string, warnings: string[]): Result<BoxConfig, Failure> {
  const parsed = parseBoxConfig(text);
  if (!parsed.ok) return refused(new Failure("secret_invalid", parsed.error.map(formatIssue).join(" ")));
  warnings.push(...parsed.value.warnings.map(formatIssue));
  return ok(parsed.value.config);
}

function problemOfKey(config: BoxConfig): Failure | undefined {
  if (config.grant !== "jwt") return undefined;
  const opened = openPrivateKey(config.privateKey, config.passphrase);
  if (opened.ok) return undefined;
  return new Failure("secret_invalid", `${opened.error.message} ${opened.error.fix}`);
}

/** The enterprise's Service Account, or the user of a config that names only one. */
function subjectOf({ enterpriseID, userID }: ConfigSubject): Subject {
  if (enterpriseID !== undefined) return { type: "enterprise", id: enterpriseID };
  return { type: "user", id: userID };
}

/** How the user differs from the one that the token must be; undefined if it does not. */
function accountMismatch(
  { id, login }: BoxUser,
  subject: Subject,
  expected = subject.type === "user" ? subject.id : undefined,
): string | undefined {
  if (expected !== undefined) {
    if (expected === id || expected === login) return undefined;
    return `The token is ${login} (${id}); expected ${expected}.`;
  }
  if (SERVICE_ACCOUNT.test(login)) return undefined;
  return `The token is ${login} (${id}), which is not the login of a Service Account.`;
}
