/** Which hosts may see a request that AWS credentials signed. */

const REGION_PATTERN = "([a-z]{2,6}(?:-[a-z]+)+-\\d{1,2})";
const REGION = new RegExp(`^${REGION_PATTERN}$`);

interface Partition {
  readonly regions: RegExp;
  /** Of Lambda's API and of VPC endpoints. */
  readonly api: string;
  /** Of Function URLs (`on.…`) and of the API over IPv6 (`api.…`). */
  readonly dualStack: readonly string[];
}

/** AWS's domains by partition; the first row that matches the region applies. */
const PARTITIONS: readonly Partition[] = [
  { regions: /^cn-/, api: "amazonaws.com.cn", dualStack: ["amazonwebservices.com.cn", "aws"] },
  { regions: /^eusc-/, api: "amazonaws.eu", dualStack: ["amazonwebservices.eu", "aws"] },
  { regions: /^us-iso-/, api: "c2s.ic.gov", dualStack: [] },
  { regions: /^us-isob-/, api: "sc2s.sgov.gov", dualStack: [] },
  { regions: /^us-isof-/, api: "csp.hci.ic.gov", dualStack: [] },
  { regions: /^eu-isoe-/, api: "cloud.adc-e.uk", dualStack: [] },
  { regions: /^/, api: "amazonaws.com", dualStack: ["aws"] },
];

const FUNCTION_URL = new RegExp(`^[a-z0-9]+\\.lambda-url\\.${REGION_PATTERN}\\.on\\.([a-z.]+)$`);
/** Not all of `amazonaws.com`, where every AWS customer can have a host. */
const LAMBDA_API = new RegExp(`^lambda(?:-fips)?\\.${REGION_PATTERN}\\.([a-z0-9.-]+)$`);
const VPC_ENDPOINT = new RegExp(`^vpce-[a-z0-9-]+\\.lambda\\.${REGION_PATTERN}\\.vpce\\.([a-z0-9.-]+)$`);

/** Whether the text has the form of an AWS region, such as `eu-central-1`. */
export const isRegion = (text: string): boolean => REGION.test(text);

/** The host of Lambda's API in a region. */
export const lambdaHost = (region: string): string => `lambda.${region}.${partitionOf(region).api}`;

/** The region in the host of a Function URL; `undefined` for any other host. */
export function functionUrlRegion(host: string): string | undefined {
  const [, region = "", domain = ""] = FUNCTION_URL.exec(host) ?? [];
  return partitionOf(region).dualStack.includes(domain) ? region : undefined;
}

/** Whether the host is Lambda's API: its IPv4 or IPv6 name, or a VPC endpoint. */
export function isLambdaHost(host: string): boolean {
  const [, vpcRegion = "", vpcDomain] = VPC_ENDPOINT.exec(host) ?? [];
  if (vpcDomain !== undefined) return partitionOf(vpcRegion).api === vpcDomain;
  const [, region = "", domain] = LAMBDA_API.exec(host) ?? [];
  if (domain === undefined) return false;
  const { api, dualStack } = partitionOf(region);
  return domain === api || dualStack.some((suffix) => domain === `api.${suffix}`);
}

function partitionOf(region: string): Partition {
  return PARTITIONS.find(({ regions }) => regions.test(region)) as Partition;
}
