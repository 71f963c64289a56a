import type { Grant } from "./aws/iam.ts";
import { ACCOUNT, type Identity } from "./aws/identities.ts";
import type { Caller } from "./callers.ts";

/** What the deployed template says about who may do what; the sandbox enforces the same. */
export function deployedGrants(
  region: string,
  callers: readonly Caller[],
  functionRole: Identity,
  operator: Identity,
  secretNames: readonly string[],
): readonly Grant[] {
  const lambda = `arn:aws:lambda:${region}:${ACCOUNT}:function`;
  const secret = `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret`;
  const allow = (principal: string, action: string, resource: string): Grant => ({
    effect: "allow",
    principal,
    action,
    resource,
  });
  return [
    // Whoever may invoke token-url directly could write the identity in the event.
    ...[`${lambda}:token-url`, `${lambda}:token-url:*`].map(
      (resource): Grant => ({
        effect: "deny",
        principal: "*",
        action: "lambda:InvokeFunction",
        resource,
        viaFunctionUrl: false,
      }),
    ),
    ...callers.flatMap(({ roleArn, alias }) => [
      allow(roleArn, "lambda:InvokeFunctionUrl", `${lambda}:token-url`),
      { ...allow(roleArn, "lambda:InvokeFunction", `${lambda}:token-url`), viaFunctionUrl: true },
      allow(roleArn, "lambda:InvokeFunction", `${lambda}:token-invoke:${alias}`),
    ]),
    ...secretNames.map((name) =>
      allow(functionRole.roleArn, "secretsmanager:GetSecretValue", `${secret}:${name}-*`),
    ),
    allow(operator.roleArn, "lambda:*", `${lambda}:*`),
    allow(operator.roleArn, "secretsmanager:*", "*"),
  ];
}
