import type { Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { type IVpc, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import { describe, expect, test } from "vitest";
import type { BoxTokenServiceProps } from "../../infra/index.ts";
import { mistakesFor } from "./construct-scene.ts";
import { inStack } from "./deployed-values.ts";
import { mistakesOf, ofType } from "./deployment.ts";
import { ENV } from "./service.ts";

const apps = [{ name: "reports", createSecret: "box/reports" }];
const isolatedVpc = (stack: Stack) => new Vpc(stack, "V", { natGateways: 0 }) as IVpc;
const imported = (stack: Stack, subnets: object) =>
  Vpc.fromVpcAttributes(stack, "V", {
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["eu-central-1a"],
    ...subnets,
  });

/** The service with these props, and the subnets of each of its functions. */
function deployed(props: (stack: Stack) => Partial<BoxTokenServiceProps>) {
  const { stack } = inStack((scope) => ({ apps, ...props(scope) }));
  const errors = mistakesOf(stack);
  const warnings = Annotations.fromStack(stack)
    .findWarning("*", Match.anyValue())
    .map(({ entry }) => String(entry.data))
    .filter((text) => text.includes("box-sts:"));
  const { Resources } = Template.fromStack(stack).toJSON();
  const subnets = ofType({ resources: Resources }, "AWS::Lambda::Function")
    .filter(([id]) => id.startsWith("Service"))
    .map(([, { Properties }]) => (Properties.VpcConfig as { SubnetIds: unknown[] } | undefined)?.SubnetIds);
  return { errors, warnings, subnets: [...new Set(subnets.map((ids) => JSON.stringify(ids)))] };
}

describe("the subnets of the functions", () => {
  test("are the private ones with a way out where the VPC has them, beside isolated ones", () => {
    const subnetConfiguration = [
      { name: "Lonely", subnetType: SubnetType.PRIVATE_ISOLATED },
      { name: "Out", subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      { name: "Public", subnetType: SubnetType.PUBLIC },
    ];
    const { errors, warnings, subnets } = deployed((stack) => ({
      vpc: new Vpc(stack, "V", { subnetConfiguration }) as IVpc,
    }));
    expect([errors, warnings]).toEqual([[], []]);
    expect(subnets).toEqual([expect.stringMatching(/^\[\{"Ref":"VOutSubnet1[^\]]*VOutSubnet2[^\]]*\]$/)]);
  });

  test("are those of a VPC that is imported by its attributes", () => {
    const privateSubnetIds = ["subnet-0123456789abcdef0"];
    const { errors, warnings, subnets } = deployed((stack) => ({
      vpc: imported(stack, { privateSubnetIds }),
    }));
    expect([errors, warnings]).toEqual([[], []]);
    expect(subnets).toEqual([JSON.stringify(privateSubnetIds)]);
  });

  test("are not known before a VPC is looked up, which is no mistake", () => {
    const { errors, warnings } = deployed((stack) => ({
      vpc: Vpc.fromLookup(stack, "V", { isDefault: false }),
    }));
    expect([errors, warnings]).toEqual([[], []]);
  });

  test("are the private ones of a VPC that was looked up", () => {
    const subnetGroups = ["Private", "Isolated"].map((type, index) => ({
      ...{ name: type, type },
      subnets: [
        {
          ...{ subnetId: `subnet-0${index}`, cidr: "10.0.0.0/24", availabilityZone: "eu-central-1a" },
          routeTableId: "rtb-0a",
        },
      ],
    }));
    const key = `vpc-provider:account=${ENV.account}:filter.vpc-id=vpc-0a:region=${ENV.region}:returnAsymmetricSubnets=true`;
    const { errors, subnets } = deployed((stack) => {
      stack.node.setContext(key, { vpcId: "vpc-0a", availabilityZones: [], subnetGroups });
      return { vpc: Vpc.fromLookup(stack, "V", { vpcId: "vpc-0a" }) };
    });
    expect([errors, subnets]).toEqual([[], ['["subnet-00"]']]);
  });

  test("may be isolated where vpcSubnets chooses them, with a warning", () => {
    const { errors, warnings, subnets } = deployed((stack) => ({
      vpc: isolatedVpc(stack),
      vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
    }));
    expect(errors).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/^vpcSubnets: .*isolated.*api\.box\.com/)]);
    expect(subnets).toEqual([expect.stringContaining("VIsolatedSubnet1")]);
  });

  const refused: readonly [string, (stack: Stack) => Partial<BoxTokenServiceProps>, RegExp][] = [
    [
      "isolated ones alone, where vpcSubnets is absent",
      (stack) => ({ vpc: isolatedVpc(stack) }),
      /^vpc: it has no private subnet with a way out.*NAT gateway.*vpcSubnets/,
    ],
    [
      "isolated ones alone of an imported VPC",
      (stack) => ({ vpc: imported(stack, { isolatedSubnetIds: ["subnet-0123456789abcdef0"] }) }),
      /^vpc: it has no private subnet with a way out/,
    ],
    [
      "public ones alone",
      (stack) => ({ vpc: imported(stack, { publicSubnetIds: ["subnet-0123456789abcdef0"] }) }),
      /^vpc: it has no private subnet with a way out/,
    ],
    [
      "public ones that vpcSubnets chooses",
      (stack) => ({ vpc: new Vpc(stack, "V") as IVpc, vpcSubnets: { subnetType: SubnetType.PUBLIC } }),
      /^vpcSubnets: .*public.*no way to the internet/,
    ],
    [
      "a kind that the VPC does not have",
      (stack) => ({
        vpc: new Vpc(stack, "V") as IVpc,
        vpcSubnets: { subnetType: SubnetType.PRIVATE_ISOLATED },
      }),
      /^vpcSubnets: There are no 'Isolated' subnet groups/,
    ],
  ];
  test.each(refused)("are refused as %s", (_, props, sentence) => {
    expect(mistakesFor(props)).toEqual([expect.stringMatching(sentence)]);
  });
});
