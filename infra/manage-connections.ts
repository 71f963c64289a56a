import { Token } from "aws-cdk-lib";
import { ArnPrincipal, Grant, type IGrantable } from "aws-cdk-lib/aws-iam";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { Construct } from "constructs";
import { type GrantOptions, granteeArn } from "./grantee.ts";

const ACTION = "lambda:InvokeFunction";

/**
 * Lets one role or user invoke the function `connections`, without a qualifier: by its own policy, or by the function's
 * where it has none in this app or is of another account.
 * @throws {SynthError} for what is no single role or user, and for another account without `crossAccount`
 */
export function grantInvokeConnections(
  lambda: LambdaFunction,
  grantee: IGrantable,
  { crossAccount = false }: GrantOptions,
): Grant {
  const arn = granteeArn(lambda, grantee, "grantManageConnections", crossAccount);
  const id = `Manages-${idOf(grantee, arn)}`;
  return Grant.addToPrincipalOrResource({
    grantee,
    actions: [ACTION],
    resourceArns: [lambda.functionArn],
    resource: {
      env: lambda.env,
      addToResourcePolicy() {
        if (lambda.permissionsNode.tryFindChild(id) === undefined) {
          lambda.addPermission(id, { principal: new ArnPrincipal(arn), action: ACTION });
        }
        return { statementAdded: true, policyDependable: lambda };
      },
    },
  });
}

/** Ids have no references in them. */
function idOf({ grantPrincipal }: IGrantable, arn: string): string {
  return Token.isUnresolved(arn) && Construct.isConstruct(grantPrincipal) ? grantPrincipal.node.addr : arn;
}
