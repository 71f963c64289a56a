import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { RegionInfo } from "aws-cdk-lib/region-info";
import { expect, test } from "vitest";
import { BoxTokenStack } from "../../infra/stack.ts";
import { AWS_REGIONS } from "../../schemas/protocol/aws-regions.ts";
import { EXAMPLE_CONFIG } from "./deployment.ts";

const PATH = join(import.meta.dirname, "../../examples/deploy/deploy.json");

test("the regions by which a misspelt one is recognised are those of the CDK", () => {
  expect(AWS_REGIONS).toEqual(RegionInfo.regions.map(({ name }) => name).sort());
});

test("deploy.json warns of a misspelt region with the nearest right one, and of no other", () => {
  const warnings = (region: string) =>
    new BoxTokenStack(new App(), PATH, { ...EXAMPLE_CONFIG, region }).node.metadata
      .filter(({ type }) => type === "aws:cdk:warning")
      .map(({ data }) => data);
  expect(warnings("eu-wst-1")).toEqual([
    expect.stringContaining("/region: AWS documents no region eu-wst-1 (did you mean eu-west-1?)."),
  ]);
  expect(warnings("eu-central-1")).toEqual([]);
});
