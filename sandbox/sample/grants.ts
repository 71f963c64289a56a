import type { Grant } from "../aws/iam.ts";
import { ACCOUNT, type Identity } from "../aws/identities.ts";
import type { Caller } from "./callers.ts";

const TABLE_ACTIONS = ["dynamodb:GetItem", "dynamodb:PutItem"];
const DENIED_TABLE_ACTIONS = [
  ...["BatchGetItem", "ExportTableToPointInTime", "Query"].map((name) => `dynamodb:${name}`),
  ...["Delete", "Insert", "Select", "Update"].map((kind) => `dynamodb:PartiQL${kind}`),
];

const LISTING = "dynamodb:Scan";

/** Who and what the deployed permissions are about. */
export interface Deployed {
  readonly callers: readonly Caller[];
  readonly functionRole: Identity;
  /** The role of the connections function, which lists the table; absent without OAuth apps. */
  readonly connectionsRole?: Identity | undefined;
  readonly operator: Identity;
  readonly secretNames: readonly string[];
  /** Absent without a shared cache. */
  readonly tableName?: string | undefined;
}

/** The permissions of the deployed template; the sandbox enforces the same. */
export function deployedGrants(
  region: string,
  { callers, functionRole, connectionsRole, operator, secretNames, tableName }: Deployed,
): readonly Grant[] {
  const lambda = `arn:aws:lambda:${region}:${ACCOUNT}:function`;
  const secret = `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret`;
  const table = `arn:aws:dynamodb:${region}:${ACCOUNT}:table`;
  const allow = (principal: string, action: string, resource: string): Grant => ({
    effect: "allow",
    principal,
    action,
    resource,
  });
  const attached = (grant: Grant): Grant => ({ ...grant, attachedTo: grant.resource });
  const deny = (resource: string, condition: Partial<Grant> = {}): readonly Grant[] =>
    ["lambda:InvokeFunction", "lambda:InvokeAsync"].map((action) =>
      attached({ effect: "deny", principal: "*", action, resource, ...condition }),
    );
  return [
    // A caller that may invoke token-url directly could write the identity in the event.
    ...deny(`${lambda}:token-url`, { viaFunctionUrl: false }),
    ...deny(`${lambda}:token-invoke`),
    ...onlyFor(callers, allow("*", "lambda:InvokeFunctionUrl", `${lambda}:token-url`)),
    ...onlyFor(callers, allow("*", "lambda:InvokeFunction", `${lambda}:token-url`), { viaFunctionUrl: true }),
    ...callers.flatMap((caller) => [
      ...onlyFor([caller], allow("*", "lambda:InvokeFunction", `${lambda}:token-invoke:${caller.alias}`)),
      ...deny(`${lambda}:token-invoke:${caller.alias}`, { unlessPrincipal: caller.roleArn }),
    ]),
    ...[functionRole, connectionsRole].flatMap((role) =>
      secretNames.flatMap((name) => (role === undefined ? [] : [secretGrant(role, name)])),
    ),
    ...(tableName === undefined ? [] : tableGrants(`${table}/${tableName}`)),
    allow(operator.roleArn, "dynamodb:*", `${table}/*`),
    allow(operator.roleArn, "lambda:*", `${lambda}:*`),
    allow(operator.roleArn, "secretsmanager:*", "*"),
    ...callers.filter(({ account }) => account !== ACCOUNT).flatMap(allowedAtHome),
  ];

  function secretGrant({ roleArn }: Identity, name: string): Grant {
    // The six characters that AWS adds to a name.
    const grant = allow(roleArn, "secretsmanager:GetSecretValue", `${secret}:${name}-??????`);
    return { ...grant, versionStages: ["AWSCURRENT", "AWSPREVIOUS"] };
  }

  /**
   * The functions read and write one item at a time; whatever reads more than one is denied to every principal, but for
   * the connections function, which lists.
   */
  function tableGrants(arn: string): readonly Grant[] {
    return [
      ...TABLE_ACTIONS.map((action) => allow(functionRole.roleArn, action, arn)),
      ...(connectionsRole === undefined
        ? []
        : [...TABLE_ACTIONS, LISTING].map((action) => allow(connectionsRole.roleArn, action, arn))),
      ...DENIED_TABLE_ACTIONS.map((action) =>
        attached({ effect: "deny", principal: "*", action, resource: arn }),
      ),
      attached({
        ...{ effect: "deny", principal: "*", action: LISTING, resource: arn },
        ...(connectionsRole !== undefined && { unlessPrincipal: connectionsRole.roleArn }),
      }),
    ];
  }

  /** What the administrators of a caller's own account allow it, where the service is in another one. */
  function allowedAtHome({ roleArn, alias }: Caller): readonly Grant[] {
    return [
      allow(roleArn, "lambda:InvokeFunctionUrl", `${lambda}:token-url`),
      { ...allow(roleArn, "lambda:InvokeFunction", `${lambda}:token-url`), viaFunctionUrl: true },
      allow(roleArn, "lambda:InvokeFunction", `${lambda}:token-invoke:${alias}`),
    ];
  }
}

/** One statement of the resource's policy for all of them, as `infra/resource-policy.ts` writes it. */
function onlyFor(callers: readonly Caller[], grant: Grant, condition: Partial<Grant> = {}): readonly Grant[] {
  if (callers.length === 0) return [];
  return [
    {
      ...grant,
      ...condition,
      attachedTo: grant.resource,
      onlyPrincipals: callers.map(({ roleArn }) => roleArn),
      onlyAccounts: [...new Set(callers.map(({ account }) => account))],
    },
  ];
}
