import { expect, test } from "vitest";
import { misspeltRegion } from "../../../schemas/protocol/aws-regions.ts";
import { loopbackServer } from "../../support/loopback-server.ts";
import { boxSts } from "../../support/terminal.ts";

const HINT = "AWS documents no region eu-wst-1 (did you mean eu-west-1?).";
const SIGNER = { AWS_ACCESS_KEY_ID: "AKIAEXAMPLE", AWS_SECRET_ACCESS_KEY: "example" };
/** Nothing listens there: the request fails as one to a host that does not exist. */
const NOWHERE = { ...SIGNER, AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:9" };

/** Each command that takes a region. */
const COMMANDS = [
  ["connections", "list", "--function", "f"],
  ["connections", "link", "--function", "f", "--app", "crm"],
  ["connections", "disconnect", "--function", "f", "--app", "crm", "--user", "1"],
  ["doctor", "--function", "f"],
  ["doctor", "--function", "f", "--alias", "a"],
  ["probe", "--function", "f", "--alias", "a"],
];

test.each(COMMANDS)(
  "box-sts %s %s names a misspelt region and the nearest right one where no host responds",
  async (...args) => {
    const byOption = await boxSts([...args, "--region", "eu-wst-1"], NOWHERE);
    const byVariable = await boxSts(args, { ...NOWHERE, AWS_REGION: "eu-wst-1" });
    const right = await boxSts(args, { ...NOWHERE, AWS_REGION: "eu-west-1" });
    for (const { status, stdout, stderr } of [byOption, byVariable])
      expect([status, stdout + stderr]).toEqual([1, expect.stringContaining(HINT)]);
    expect(right.stdout + right.stderr).not.toContain("documents no region");
  },
);

test.each([...COMMANDS, ["token", "--function", "f", "--alias", "a"]])(
  "box-sts %s %s names the region that a text without hyphens most likely means",
  async (...args) => {
    const { status, stderr } = await boxSts([...args, "--region", "euwest1"], SIGNER);
    expect([status, stderr]).toEqual([2, expect.stringContaining("(did you mean eu-west-1?)")]);
  },
);

test("box-sts token names a misspelt region where AWS refuses the signature for another region", async () => {
  const { url } = await loopbackServer(({ response }) => {
    response.writeHead(403, { "content-type": "application/json" });
    response.end(JSON.stringify({ message: "Credential should be scoped to a valid region." }));
  });
  const { status, stderr } = await boxSts(["token", "--url", url, "--region", "eu-wst-1"], SIGNER);
  expect([status, stderr]).toEqual([1, expect.stringContaining(HINT)]);
});

test("a region that AWS documents, and one without a similar name, suggest none", () => {
  expect(misspeltRegion("ap-southeast-7")).toBeUndefined();
  expect(misspeltRegion("frankfurt")).toBe("AWS documents no region frankfurt.");
  expect(misspeltRegion("\u001b[2J")).toBe("AWS documents no region of this name.");
});

test.each([...COMMANDS, ["token", "--function", "f", "--alias", "a"]])(
  "box-sts %s %s names --region where nothing gives the region",
  async (...args) => {
    const { status, stderr } = await boxSts(args, SIGNER);
    expect([status, stderr]).toEqual([2, expect.stringContaining("--region is needed")]);
  },
);
