import { Stack, Token } from "aws-cdk-lib";
import { CfnRole, CfnUser, type IGrantable } from "aws-cdk-lib/aws-iam";
import { RegionInfo } from "aws-cdk-lib/region-info";
import { Construct } from "constructs";

/**
 * The caller's ARN as far as the synth can know it: as it is, or made of the name that a role or user of the app is
 * given (`roleName`, `userName`).
 * @returns `undefined` where CloudFormation makes the name up, or account or region are known only at deploy
 */
export function knownArn({ grantPrincipal }: IGrantable, arn: string): string | undefined {
  if (!Token.isUnresolved(arn)) return arn;
  if (!Construct.isConstruct(grantPrincipal)) return undefined;
  const resource = grantPrincipal.node.defaultChild;
  const { account, region } = Stack.of(grantPrincipal);
  const [kind, name] =
    resource instanceof CfnRole
      ? (["role", resource.roleName] as const)
      : resource instanceof CfnUser
        ? (["user", resource.userName] as const)
        : [];
  const path = resource instanceof CfnRole || resource instanceof CfnUser ? (resource.path ?? "/") : "/";
  if (kind === undefined || name === undefined) return undefined;
  if ([name, path, account, region].some((part) => Token.isUnresolved(part))) return undefined;
  return `arn:${RegionInfo.get(region).partition ?? "aws"}:iam::${account}:${kind}${path}${name}`;
}
