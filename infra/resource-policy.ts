import { Resource } from "aws-cdk-lib";
import {
  type AddToResourcePolicyResult,
  type IResourceWithPolicyV2,
  PolicyDocument,
  type PolicyStatement,
} from "aws-cdk-lib/aws-iam";
import { CfnResourcePolicy } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

/**
 * The resource policy of one Lambda function or alias, made with the first statement. It is the whole policy:
 * `AWS::Lambda::Permission` cannot say Deny, and one beside this would be overwritten.
 */
export class LambdaResourcePolicy extends Resource implements IResourceWithPolicyV2 {
  readonly #document = new PolicyDocument();
  readonly #arn: string;
  #policy: CfnResourcePolicy | undefined;

  constructor(scope: Construct, id: string, arn: string) {
    super(scope, id);
    this.#arn = arn;
  }

  addToResourcePolicy(statement: PolicyStatement): AddToResourcePolicyResult {
    this.#document.addStatements(statement);
    const policyDocument = this.#document;
    this.#policy ??= new CfnResourcePolicy(this, "Resource", { resourceArn: this.#arn, policyDocument });
    return { statementAdded: true, policyDependable: this.#policy };
  }
}
