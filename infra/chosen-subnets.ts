import { Annotations } from "aws-cdk-lib";
import {
  type ISubnet,
  type IVpc,
  type SelectedSubnets,
  type SubnetSelection,
  SubnetType,
} from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import { SynthError } from "./synth-error.ts";

/**
 * The functions call Box, which has no PrivateLink: where `vpcSubnets` is absent they need subnets with a way out, and CDK
 * alone would take isolated ones in silence. Chosen subnets may be isolated, because their VPC may have routes that CDK
 * does not know; that gives a warning. Subnets that only a lookup knows are accepted.
 * @throws {SynthError} for subnets without any, or without a way out
 */
export function checkSubnets(scope: Construct, vpc: IVpc, chosen: SubnetSelection | undefined): void {
  if (chosen === undefined) {
    selected(
      vpc,
      { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      () =>
        "vpc: it has no private subnet with a way out, and the functions call api.box.com, which has no PrivateLink; add a NAT gateway, or name subnets that have a route to the internet in vpcSubnets.",
    );
    return;
  }
  const { subnets, hasPublic } = selected(vpc, chosen, (message) => `vpcSubnets: ${message}`);
  if (hasPublic) {
    throw new SynthError(
      "vpcSubnets: they include public subnets, in which a Lambda function has no way to the internet, and so none to api.box.com; choose private subnets with a way out.",
    );
  }
  if (!includeAny(subnets, vpc.isolatedSubnets)) return;
  Annotations.of(scope).addWarningV2(
    "box-sts:isolated-subnets",
    "vpcSubnets: they include isolated subnets, from which the functions reach api.box.com only by a route that the CDK does not know; check that there is one, or choose private subnets with a way out.",
  );
}

function selected(
  vpc: IVpc,
  selection: SubnetSelection,
  sentenceFor: (message: string) => string,
): SelectedSubnets {
  try {
    return vpc.selectSubnets(selection);
  } catch (error) {
    throw new SynthError(sentenceFor(error instanceof Error ? error.message : String(error)));
  }
}

const includeAny = (subnets: readonly ISubnet[], others: readonly ISubnet[]) => {
  const ids = new Set(others.map(({ subnetId }) => subnetId));
  return subnets.some(({ subnetId }) => ids.has(subnetId));
};
