import { type BoxConfig, parseBoxConfig } from "../../schemas/box-config/parse.ts";
import { formatIssue } from "../../schemas/json/issue.ts";
import { Failure, type ProblemCode } from "../../schemas/protocol/problems.ts";
import type { AppCheckPorts, AppFindings, RunCheck } from "./app-check.ts";
import { checkApp } from "./app-checks.ts";
import {
  type Advice,
  adviceFor,
  type Check,
  POLICY_CHECK,
  type TABLE_CHECK,
  type WRONG_ACCOUNT,
  WRONG_ACCOUNT_ADVICE,
} from "./health-advice.ts";
import type { Call, PolicySource, RequestContext, SecretVersion } from "./ports.ts";
import { AccountMismatch } from "./service-account.ts";

/** The policy document that is deployed beside the function, which is the token functions' own. */
export interface PolicyHealth {
  readonly healthy: boolean;
  /** SHA-256 of the document, as in audit lines; absent where it does not load. */
  readonly digest?: string;
  readonly failure?: HealthFailure;
}

/** The table of the shared cache, as the health function's role sees it. */
export type TableHealth = Omit<PolicyHealth, "digest">;

/** One app, checked as far as it got. Holds no value of the secret. */
export interface AppHealth extends Readonly<AppFindings> {
  readonly app: string;
  readonly healthy: boolean;
  readonly passed: readonly Check[];
  readonly failure?: HealthFailure;
}

interface HealthFailure extends Advice {
  readonly check: Check | typeof POLICY_CHECK | typeof TABLE_CHECK;
  readonly code: ProblemCode | typeof WRONG_ACCOUNT;
  /** What AWS, Box or the config's parser reported, for the operator. */
  readonly detail: string;
  /** What Box calls the request that it refused, for Box Support. */
  readonly box_request_id?: string;
}

/** What the health of an app is found out with; each throws a `Failure`. */
export interface HealthPorts extends AppCheckPorts {
  /** The secret's current version, by the app's name. */
  readonly readSecret: Call<string, SecretVersion>;
}

/**
 * The use case: secret → config → the checks of its kind of app, each of which the next one needs. The current version of
 * the secret is checked alone: that a previous one still works would hide what is about to fail.
 * @returns never a rejection for what is wrong with the app
 */
export async function checkHealth(
  app: string,
  ports: HealthPorts,
  context: RequestContext,
): Promise<AppHealth> {
  const passed: Check[] = [];
  const findings: AppFindings = { warnings: [] };
  let present: Check = "secret";
  const run: RunCheck = async (check, work) => {
    present = check;
    const value = await work();
    passed.push(check);
    return value;
  };
  try {
    const version = await run("secret", () => ports.readSecret(app, context));
    const config = await run("config", async () => validConfig(version.text, findings));
    await checkApp({ app, config, version, findings, ports, context, run });
    return { app, healthy: true, passed, ...findings };
  } catch (thrown) {
    return { app, healthy: false, passed, failure: failureOf(thrown, present), ...findings };
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

/** What a check threw, with what the operator does about it. */
export function failureOf(thrown: unknown, check: HealthFailure["check"]): HealthFailure {
  if (thrown instanceof AccountMismatch) {
    return { check, code: thrown.code, detail: thrown.message, ...WRONG_ACCOUNT_ADVICE };
  }
  const { code, message, boxRequestId } =
    thrown instanceof Failure ? thrown : new Failure("internal_error", "the check itself failed");
  const origin = boxRequestId === undefined ? {} : { box_request_id: boxRequestId };
  return { check, code, detail: message, ...origin, ...adviceFor(code, check) };
}

/** @throws {Failure} */
function validConfig(text: string, findings: AppFindings): BoxConfig {
  const parsed = parseBoxConfig(text);
  if (!parsed.ok) throw new Failure("secret_invalid", parsed.error.map(formatIssue).join(" "));
  const { config, warnings } = parsed.value;
  findings.warnings.push(...warnings.map(formatIssue));
  findings.grant = config.grant;
  return config;
}
