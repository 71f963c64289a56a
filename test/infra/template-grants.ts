import { expect } from "vitest";
import type { Grant } from "../../sandbox/aws/iam.ts";
import type { Permission } from "./permissions.ts";

/** What each condition of the template means to the sandbox's IAM; one without a row fails. */
const CONDITIONS: Readonly<Record<string, (values: readonly string[]) => Partial<Grant>>> = {
  "Bool lambda:InvokedViaFunctionUrl": ([value]) => ({ viaFunctionUrl: value === "true" }),
  "BoolIfExists lambda:InvokedViaFunctionUrl": ([value]) => ({ viaFunctionUrl: value === "true" }),
  "ArnNotEquals aws:PrincipalArn": ([unlessPrincipal = ""]) => ({ unlessPrincipal }),
  "ArnEquals aws:PrincipalArn": (onlyPrincipals) => ({ onlyPrincipals }),
  "StringEquals aws:PrincipalAccount": (onlyAccounts) => ({ onlyAccounts }),
  // A Function URL of the sandbox has the type of its function's statement.
  "StringEquals lambda:FunctionUrlAuthType": () => ({}),
  "StringEquals secretsmanager:VersionStage": (versionStages) => ({ versionStages }),
  "ForAllValues:StringLike dynamodb:LeadingKeys": (leadingKeys) => ({ leadingKeys }),
  "Null dynamodb:LeadingKeys": () => ({}),
};

function conditionOf(text: string): Partial<Grant> {
  if (text === "always") return {};
  const parts = text.split(" and ").map((part) => {
    const [operator, key, values = ""] = part.split(" ");
    return CONDITIONS[`${operator} ${key}`]?.(values.split(",")) ?? expect.fail(`${part} has no row`);
  });
  return Object.assign({}, ...parts);
}

/** A permission of the template, as the sandbox's IAM reads it. */
export function grantOf({ effect, principal, action, resource, condition, attachedTo }: Permission): Grant {
  return {
    effect: effect === "Allow" ? "allow" : "deny",
    ...{ principal, action, resource },
    ...(attachedTo === undefined ? {} : { attachedTo }),
    ...conditionOf(condition),
  };
}
