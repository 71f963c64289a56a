import { Validations } from "aws-cdk-lib";
import type { Construct } from "constructs";

/** Every finding of cdk-nag's AwsSolutions that is not mended, with the reason; none is acknowledged elsewhere. */
export const ACKNOWLEDGED: Readonly<Record<string, string>> = {
  "AwsSolutions::AwsSolutions-SMG4":
    "A Box config is rotated at Box first (a new key pair or client secret) and then stored; no Lambda can do that without the rights to do anything else at Box.",
  "AwsSolutions::AwsSolutions-IAM5[Resource::*]":
    "In a VPC only: Lambda attaches functions with these EC2 actions, which know no narrower resource; a Deny beside them keeps the function's own code from using them.",
};

/** Tells cdk-nag what is acknowledged, for `scope` and all below it. */
export function acknowledge(scope: Construct): void {
  for (const [id, reason] of Object.entries(ACKNOWLEDGED)) Validations.of(scope).acknowledge({ id, reason });
}
