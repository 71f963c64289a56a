import { Validations } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Every finding of cdk-nag's AwsSolutions that is not mended, with the reason; none is acknowledged elsewhere. */
export const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  "AwsSolutions::AwsSolutions-SMG4":
    "A Box config is rotated at Box first (a new key pair or client secret) and then stored; no Lambda can do that without the rights to do anything else at Box.",
  "AwsSolutions::AwsSolutions-IAM5[Resource::*]":
    "In a VPC, Lambda attaches functions with EC2 actions that know no narrower resource; a Deny beside them keeps the function's own code from using them. With tracing, the two actions of X-Ray know none either.",
};

/**
 * Tells cdk-nag what is acknowledged, for `scope` and all below it. As metadata, which cdk-nag reads: the method
 * `acknowledge` of older versions of the CDK refuses ids of one finding among several.
 */
export function acknowledge(scope: Construct): void {
  for (const [id, reason] of Object.entries(ACKNOWLEDGED)) {
    scope.node.addMetadata(Validations.ACKNOWLEDGED_RULES_METADATA_KEY, { [id]: reason });
  }
}
