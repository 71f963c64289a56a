import { jsonText, visible } from "../../action/report/escape.ts";
import { wrapLines } from "../../action/report/wrap-lines.ts";
import type { Caller } from "../../schemas/policy/caller.ts";
import { lackText } from "../../schemas/policy/nearest-statement.ts";
import type { Policy } from "../../schemas/policy/parse.ts";
import { ok, refused } from "../../schemas/result.ts";
import { command, EXIT } from "../command.ts";
import { withWrittenOptions } from "../refusal.ts";
import { type Paint, painter } from "../terminal.ts";
import { type Decision, decide, tokenText } from "./decision.ts";
import { loadPolicy } from "./load.ts";
import { policyRequest } from "./request.ts";

export const explain = command({
  name: "policy explain",
  description: [
    "Decides a request by a policy, with the code of the token function: which statement allows it and with what",
    "token, or which statement came nearest and what it lacks. It calls no service.",
  ],
  operands: ["FILE"],
  options: {
    caller: {
      type: "string",
      value: "CALLER",
      help: "who calls: an IAM role's or user's ARN (also a session's, as aws sts get-caller-identity\nprints it), alias:NAME, or name:NAME for a name that the deployment gives",
    },
    "caller-name": {
      type: "string",
      value: "NAME",
      help: "the name that the deployment gives the ARN, if it does",
    },
    app: { type: "string", value: "NAME", help: "name of the configured Box app" },
    subject: { type: "string", value: "WHO", help: "enterprise (default) or user:ID" },
    scope: {
      type: "string",
      value: "SCOPES",
      help: 'Box scopes, as "item_download base_preview"; default: not sent',
    },
    resource: {
      type: "string",
      value: "URL",
      help: "https://api.box.com/2.0/folders/ID or …/files/ID; default: not sent",
    },
  },
  required: ["caller", "app"],
  examples: [
    "box-sts policy explain box-sts.policy.json --caller alias:nightly-sync --app reports --subject user:42",
  ],
  exits: { 0: "allowed", 1: "denied", 2: "wrong use, or a policy that is not valid" },
  async run({ values, operands: [path = ""] }, terminal) {
    const { caller = "", app = "", subject, scope, resource } = values;
    const request = policyRequest({
      caller,
      callerName: values["caller-name"],
      app,
      subject,
      scope,
      resource,
    });
    if (!request.ok) return refused(withWrittenOptions(request.error));
    const policy = await loadPolicy(path);
    if (!policy.ok) return policy;
    const decision = withNameAdvice(decide(policy.value, request.value), request.value.caller, policy.value);
    terminal.out(
      values.json ? `${jsonText(decision)}\n` : wrapLines(lines(decision, painter(terminal)), terminal),
    );
    return ok(decision.decision === "allow" ? EXIT.ok : EXIT.finding);
  },
});

/** A statement for a name cannot match an ARN whose name was not given. */
function withNameAdvice(decision: Decision, caller: Caller, { statements }: Policy): Decision {
  if (decision.decision === "allow" || decision.nearest === undefined) return decision;
  const { statement: id, lacks } = decision.nearest;
  const pattern = statements.find((statement) => statement.id === id)?.caller ?? {};
  const isUnnamed = "iam" in caller && caller.name === undefined;
  if (!isUnnamed || !("name" in pattern) || !lacks.some(({ what }) => what === "caller")) return decision;
  const advice = `If the deployment gives this ARN a name, add --caller-name ${pattern.name}.`;
  return { ...decision, advice: decision.advice === undefined ? advice : `${decision.advice} ${advice}` };
}

function lines(decision: Decision, paint: Paint): string {
  const rows =
    decision.decision === "allow"
      ? [
          paint("green", "allow"),
          `  statement  ${decision.statement}`,
          `  token      ${tokenText(decision)}`,
          ...(decision.isolate ? ["  isolated   no other caller is given this token"] : []),
          ...(decision.advice === undefined ? [] : [`  advice     ${decision.advice}`]),
        ]
      : [
          `${paint("red", "deny")} (${decision.code})`,
          `  reason     ${decision.reason}`,
          ...(decision.nearest === undefined
            ? []
            : [
                `  nearest    ${decision.nearest.statement}`,
                ...decision.nearest.lacks.map((lack) => `  lacks      ${lackText(lack)}`),
              ]),
          ...(decision.advice === undefined ? [] : [`  advice     ${decision.advice}`]),
        ];
  return rows.map((row) => `${row.startsWith("  ") ? visible(row) : row}\n`).join("");
}
