import { nearest } from "../json/nearest.ts";

/** Every region of every AWS partition, as the CDK lists them in November 2026 (a test compares the two). */
export const AWS_REGIONS = [
  "af-south-1",
  "ap-east-1",
  "ap-east-2",
  "ap-northeast-1",
  "ap-northeast-2",
  "ap-northeast-3",
  "ap-south-1",
  "ap-south-2",
  "ap-southeast-1",
  "ap-southeast-2",
  "ap-southeast-3",
  "ap-southeast-4",
  "ap-southeast-5",
  "ap-southeast-6",
  "ap-southeast-7",
  "ca-central-1",
  "ca-west-1",
  "cn-north-1",
  "cn-northwest-1",
  "eu-central-1",
  "eu-central-2",
  "eu-isoe-west-1",
  "eu-north-1",
  "eu-south-1",
  "eu-south-2",
  "eu-west-1",
  "eu-west-2",
  "eu-west-3",
  "eusc-de-east-1",
  "il-central-1",
  "me-central-1",
  "me-south-1",
  "me-west-1",
  "mx-central-1",
  "sa-east-1",
  "us-east-1",
  "us-east-2",
  "us-gov-east-1",
  "us-gov-west-1",
  "us-iso-east-1",
  "us-iso-west-1",
  "us-isob-east-1",
  "us-isob-west-1",
  "us-isof-east-1",
  "us-isof-south-1",
  "us-west-1",
  "us-west-2",
] as const;

/** Of a name that can be quoted; AWS's longest has 15 characters. */
const QUOTABLE = /^[\w-]{1,32}$/;

/**
 * One sentence about a region that is not in the table: `AWS documents no region eu-wst-1 (did you mean eu-west-1?).`
 * Undefined for one that is. AWS may have added the region since, so this is no reason to refuse it.
 */
export function misspeltRegion(region: string): string | undefined {
  if (AWS_REGIONS.some((known) => known === region)) return undefined;
  const meant = nearest(region, AWS_REGIONS);
  const question = meant === undefined ? "" : ` (did you mean ${meant}?)`;
  return `AWS documents no region ${QUOTABLE.test(region) ? region : "of this name"}${question}.`;
}
