import { type Policy, PolicyStatement } from "aws-cdk-lib/aws-iam";
import { CfnKey, type IKey } from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import type { BoxAppProps } from "./props.ts";
import { orReport } from "./report-errors.ts";
import { checkKeyLocation } from "./resource-location.ts";
import { SynthError } from "./synth-error.ts";

/** ARNs of the keys in KMS that sign for the apps, each once. What is wrong is reported, and that key left out. */
export function signingKeyArns(scope: Construct, apps: readonly BoxAppProps[]): readonly string[] {
  const arns = new Set<string>();
  for (const [index, { signingKeys = [], crossAccount = false }] of apps.entries()) {
    for (const [number, key] of signingKeys.entries()) {
      orReport(
        scope,
        () => {
          checkKeyLocation(scope, key, {
            property: `apps[${index}].signingKeys[${number}]`,
            otherRegion:
              "the functions sign in their own region alone; give a key of that region, or the replica there of a multi-Region key",
            crossAccount,
          });
          requireSigningKey(key, `apps[${index}].signingKeys[${number}]`);
          arns.add(key.keyArn);
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

/** Of a key that the app makes; what an imported one is, only AWS knows. @throws {SynthError} */
function requireSigningKey(key: IKey, property: string): void {
  const made = key.node.defaultChild;
  if (!(made instanceof CfnKey)) return;
  const { keyUsage = "ENCRYPT_DECRYPT", keySpec = "SYMMETRIC_DEFAULT" } = made;
  if (keyUsage === "SIGN_VERIFY" && keySpec.startsWith("RSA_")) return;
  throw new SynthError(
    `${property}: the key has the usage ${keyUsage} and the spec ${keySpec}; expected keyUsage: KeyUsage.SIGN_VERIFY and keySpec: KeySpec.RSA_2048 or a longer RSA key.`,
  );
}
