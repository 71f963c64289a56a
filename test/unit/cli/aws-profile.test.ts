import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { withProfileRegion } from "../../../cli/aws-profile.ts";
import { boxSts } from "../../support/terminal.ts";

const HOME = mkdtempSync(join(tmpdir(), "box-sts-home-"));
afterAll(() => rmSync(HOME, { recursive: true, force: true }));

const CONFIG = `# written by aws configure
[default]
output = json
region = eu-west-1

[profile ops]
s3 =
  max_concurrent_requests = 20
region=eu-central-1 # Frankfurt
[profile "two words"]
  region = eu-north-1
[profile no-region]
output = json
[profile misspelt]
region = eu-wst-1
[sso-session ops-session]
region = us-east-2
`;
const CREDENTIALS = "[both]\r\naws_access_key_id = AKID\r\nregion = us-west-2\r\n";
mkdirSync(join(HOME, ".aws"));
writeFileSync(join(HOME, ".aws", "config"), `${CONFIG}[profile both]\nregion = us-west-1\n`);
writeFileSync(join(HOME, ".aws", "credentials"), CREDENTIALS);
writeFileSync(
  join(HOME, "other-config"),
  "[profile ops]\r\nregion = ap-south-1\r\n[profile default]\r\nregion = ap-south-2\r\n",
);

const regionOf = (env: NodeJS.ProcessEnv) => withProfileRegion({ HOME, ...env }).AWS_REGION;

describe("without AWS_REGION, the region is", () => {
  test.each([
    ["that of the default profile", {}, "eu-west-1"],
    [
      "that of the default profile under its longer name",
      { AWS_CONFIG_FILE: join(HOME, "other-config") },
      "ap-south-2",
    ],
    ["that of the profile in AWS_PROFILE", { AWS_PROFILE: "ops" }, "eu-central-1"],
    ["that of a profile whose name has a space", { AWS_PROFILE: "two words" }, "eu-north-1"],
    [
      "that of the file in AWS_CONFIG_FILE",
      { AWS_PROFILE: "ops", AWS_CONFIG_FILE: join(HOME, "other-config") },
      "ap-south-1",
    ],
    ["that of the credentials file before that of the config file", { AWS_PROFILE: "both" }, "us-west-2"],
    ["unknown where the profile has none", { AWS_PROFILE: "no-region" }, undefined],
    ["unknown where the profile does not exist", { AWS_PROFILE: "ops-session" }, undefined],
    ["unknown where the files cannot be read", { HOME: join(HOME, "absent") }, undefined],
    ["unknown where the shell has no home folder", { HOME: "" }, undefined],
    ["left to AWS_DEFAULT_REGION where that is set", { AWS_DEFAULT_REGION: "eu-west-3" }, undefined],
  ])("%s", (_, env, region) => {
    expect(regionOf(env)).toBe(region);
  });
});

test("AWS_REGION wins over the profile", () => {
  expect(regionOf({ AWS_PROFILE: "ops", AWS_REGION: "eu-west-3" })).toBe("eu-west-3");
});

const TOKEN = ["token", "--function", "f", "--alias", "a"];
const COMMANDS = [
  TOKEN,
  ["doctor", "--function", "f"],
  ["probe", "--function", "f", "--alias", "a"],
  ["connections", "list", "--function", "f"],
];

test.each(COMMANDS.map((args) => [args.join(" "), args] as const))(
  "%s uses the region of the profile",
  async (_, args) => {
    const keys = { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret" };
    const env = { HOME, AWS_PROFILE: "misspelt", AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:1", ...keys };
    const { stdout, stderr } = await boxSts(args, env);
    expect(`${stdout}${stderr}`.replaceAll(/\s+/g, " ")).toContain("AWS documents no region eu-wst-1");
  },
);

test("box-sts names the profile among what has no region", async () => {
  const { status, stderr } = await boxSts(TOKEN, { HOME, AWS_PROFILE: "no-region" });
  expect([status, stderr]).toEqual([
    2,
    "box-sts token: An option cannot be used. --region is needed: neither the target nor AWS_REGION nor the AWS profile names one. Correct the option that the message names; --help lists them.\n",
  ]);
});
