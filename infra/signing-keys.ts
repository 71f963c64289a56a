import { type Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { Construct } from "constructs";
import { orReport } from "./mistakes.ts";
import { checkPlace } from "./place.ts";
import type { BoxAppProps } from "./props.ts";

/** ARNs of the keys in KMS that sign for the apps, each once. What is wrong is reported, and that key left out. */
export function signingKeyArns(scope: Construct, apps: readonly BoxAppProps[]): readonly string[] {
  const arns = new Set<string>();
  for (const [index, { signingKeys = [], crossAccount = false }] of apps.entries()) {
    for (const [number, { keyArn }] of signingKeys.entries()) {
      orReport(
        scope,
        () => {
          checkPlace(scope, keyArn, {
            member: `apps[${index}].signingKeys[${number}]`,
            what: "key",
            otherRegion:
              "the functions sign in their own region alone; give a key of that region, or the replica there of a multi-Region key",
            crossAccount,
          });
          arns.add(keyArn);
        },
        () => {},
      );
    }
  }
  return [...arns];
}

/** Lets the roles of the policy sign with the keys, which gives out neither the private key nor what was encrypted. */
export function grantSign(policy: Policy, keyArns: readonly string[]): void {
  if (keyArns.length === 0) return;
  policy.addStatements(new PolicyStatement({ actions: ["kms:Sign"], resources: [...keyArns] }));
}
