import type { AppHealth } from "../../functions/broker/check-health.ts";
import type { HealthReport } from "../../functions/lambda/health-invoke.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import { type CheckName, type CheckResult, passed } from "./check.ts";

/** Names of the health function's checks here. */
const CHECK_OF: ReadonlyMap<string, CheckName> = new Map([["user", "subject"]]);

/** An app of a report. Those of an older health function have no `warnings`. */
type AppRow = Omit<AppHealth, "warnings"> & Partial<Pick<AppHealth, "warnings">>;

/** What a deployed health function reported, one line for the policy and one for each check of an app that failed. */
export function healthResults(value: Readonly<Record<string, unknown>>): readonly CheckResult[] {
  if (!isReport(value)) {
    return [
      {
        ...{ check: "function", status: "failed", code: "not_a_health_function" },
        summary: "The response is not that of a health function of box-sts.",
        next: "Name the output HealthFunction of the deployment, or with --alias its token function (InvokeFunction).",
      },
    ];
  }
  const { policy, table, apps } = value;
  return [
    passed("function", "The health function ran and reported."),
    policy.failure === undefined
      ? passed("policy", `The policy is loaded, SHA-256 ${policy.digest ?? "unknown"}.`, {
          digest: policy.digest ?? "",
        })
      : failure("policy", policy.failure),
    ...tableResults(table),
    ...apps.flatMap(appResults),
  ];
}

/** None where the deployment has no shared cache, or where its health function is older. */
function tableResults(table: HealthReport["table"]): readonly CheckResult[] {
  if (table === undefined) return [];
  if (table.failure !== undefined) return [failure("table", table.failure)];
  return [passed("table", "The table of the shared cache can be read.")];
}

function appResults({
  app,
  healthy,
  passed: checks,
  failure: failed,
  warnings = [],
  user,
  grant,
}: AppRow): readonly CheckResult[] {
  const repairs = warnings.map(
    (warning): CheckResult => ({
      check: "config",
      app,
      status: "warning",
      summary: warning,
      code: "config_warnings",
    }),
  );
  if (failed !== undefined)
    return [
      ...repairs,
      { ...failure(CHECK_OF.get(failed.check) ?? (failed.check as CheckName), failed), app },
    ];
  const whose = user === undefined ? "" : ` The token is that of ${user.login} (${user.id}).`;
  const summary = `Passed ${checks.join(", ")}.${whose}`;
  const facts = { healthy, ...(grant !== undefined && { grant }) };
  return [...repairs, { ...passed(grant === "oauth2" ? "client" : "token", summary, facts), app }];
}

const failure = (
  check: CheckName,
  { code, detail, page, sentence, box_request_id: boxRequestId }: NonNullable<AppHealth["failure"]>,
): CheckResult => ({
  ...{ check, status: "failed", code },
  summary: boxRequestId === undefined ? detail : `${detail} (Box's request id ${boxRequestId})`,
  next: `${page}: ${sentence}`,
  ...(boxRequestId !== undefined && { facts: { boxRequestId } }),
});

type Report = Omit<HealthReport, "apps"> & { readonly apps: readonly AppRow[] };

const isReport = (
  value: Readonly<Record<string, unknown>>,
): value is Readonly<Record<string, unknown>> & Report =>
  typeof value.healthy === "boolean" &&
  isObject(value.policy) &&
  Array.isArray(value.apps) &&
  value.apps.every(isAppRow);

const isAppRow = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.app === "string" &&
  Array.isArray(value.passed) &&
  (value.failure === undefined || isObject(value.failure)) &&
  (value.warnings === undefined || Array.isArray(value.warnings));
