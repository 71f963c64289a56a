import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { readSettings } from "../../../../functions/lambda/settings.ts";
import { SettingsError } from "../../../../functions/lambda/settings-error.ts";

const GOOD = { BOX_STS_CALLER: "alias", BOX_STS_APPS: `{"reports":"box/reports"}` };

function refusal(environment: Record<string, string | undefined>): SettingsError {
  try {
    readSettings({ ...GOOD, ...environment }, "alias");
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  return expect.fail("the settings were accepted");
}

describe("the settings", () => {
  it("are read with their defaults", () => {
    expect(readSettings(GOOD, "alias")).toEqual({
      apps: new Map([["reports", "box/reports"]]),
      callerNames: new Map(),
      policyPath: undefined,
      boxUrl: "https://api.box.com",
      helpUrl: undefined,
      service: "box-sts",
    });
  });

  it("are read in full", () => {
    const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:box/payroll-AbCdEf";
    expect(
      readSettings(
        {
          BOX_STS_CALLER: "function-url",
          BOX_STS_APPS: JSON.stringify({ reports: "box/reports", "pay.roll-1_": arn }),
          BOX_STS_CALLERS: '{"reports":["arn:aws:iam::123456789012:role/reports"]}',
          BOX_STS_POLICY: "/var/task/policy.json",
          BOX_API_URL: "https://proxy.example/box/",
          BOX_STS_HELP_URL: "https://wiki.example/problems?v=1",
          BOX_STS_SERVICE: "box-sts-Service",
          AWS_LAMBDA_FUNCTION_NAME: "token-url",
          SOMETHING_ELSE: "x",
        },
        "function-url",
      ),
    ).toEqual({
      apps: new Map([
        ["reports", "box/reports"],
        ["pay.roll-1_", arn],
      ]),
      callerNames: new Map([["arn:aws:iam::123456789012:role/reports", "reports"]]),
      policyPath: "/var/task/policy.json",
      boxUrl: "https://proxy.example/box",
      helpUrl: "https://wiki.example/problems?v=1",
      service: "box-sts-Service",
    });
  });

  it("use the function's name if no deployment name is set, as without the CDK", () => {
    const environment = { ...GOOD, AWS_LAMBDA_FUNCTION_NAME: "token-url" };
    expect(readSettings(environment, "alias").service).toBe("token-url");
  });

  it.each([":colon", "two words", "Grüße", "x".repeat(256)])(
    "refuse %s as the deployment name, which CloudWatch does not accept as a dimension",
    (name) => {
      const error = refusal({ BOX_STS_SERVICE: name });
      expect(error.message).toContain("BOX_STS_SERVICE");
      expect(error.message).not.toContain(name);
    },
  );

  it.each([
    "urn:box-sts:problems",
    "http://wiki.example/problems",
    "file:///docs/problems.md",
    "wiki.example/problems",
    "https://user:word@wiki.example/problems",
    "https://wiki.example/problems#top",
    "javascript:alert(1)",
  ])("refuse a BOX_STS_HELP_URL that is not the URL of a web page: %s", (BOX_STS_HELP_URL) => {
    const { message } = refusal({ BOX_STS_HELP_URL });
    expect(message).toMatch(/^BOX_STS_HELP_URL must be the https:/);
    expect(message).not.toContain("wiki.example");
  });

  it("treat empty optional variables as absent", () => {
    const settings = readSettings({ ...GOOD, BOX_STS_POLICY: "", BOX_API_URL: "" }, "alias");
    expect(settings).toMatchObject({ policyPath: undefined, boxUrl: "https://api.box.com" });
  });

  it.each(["http://127.0.0.1:4567", "http://localhost:4567", "http://[::1]:4567", "http://127.0.0.1:1/box"])(
    "allow plain HTTP to this machine: %s",
    (BOX_API_URL) => {
      expect(readSettings({ ...GOOD, BOX_API_URL }, "alias").boxUrl).toBe(BOX_API_URL);
    },
  );
});

describe("the start fails with the variable's name and without its value:", () => {
  const canary = "canary-5f0c1d";
  it.each<[string, Record<string, string | undefined>]>([
    ["BOX_STS_CALLER", { BOX_STS_CALLER: undefined }],
    ["BOX_STS_CALLER", { BOX_STS_CALLER: "" }],
    ["BOX_STS_CALLER", { BOX_STS_CALLER: "function-url" }],
    ["BOX_STS_CALLER", { BOX_STS_CALLER: "Alias" }],
    ["BOX_STS_CALLER", { BOX_STS_CALLER: canary }],
    ["BOX_STS_APPS", { BOX_STS_APPS: undefined }],
    ["BOX_STS_APPS", { BOX_STS_APPS: "" }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":"${canary}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: canary }],
    ["BOX_STS_APPS", { BOX_STS_APPS: "{}" }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `["${canary}"]` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: "null" }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `"${canary}"` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"${canary} with spaces":"x"}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"":"x"}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"-x":"x"}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"__proto__":"${canary}"}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"${"a".repeat(65)}":"x"}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":""}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":7}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":null}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":{"arn":"${canary}"}}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":"${canary} x"}` }],
    ["BOX_STS_APPS", { BOX_STS_APPS: `{"reports":"${"a".repeat(2_049)}"}` }],
    ["BOX_API_URL", { BOX_API_URL: canary }],
    ["BOX_API_URL", { BOX_API_URL: `//${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `ftp://${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `file:///${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `http://${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `http://127.0.0.1.${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `http://localhost.${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `https://user:${canary}@api.box.com` }],
    ["BOX_API_URL", { BOX_API_URL: `https://${canary}@api.box.com` }],
    ["BOX_API_URL", { BOX_API_URL: `https://api.box.com?x=${canary}` }],
    ["BOX_API_URL", { BOX_API_URL: `https://api.box.com/#${canary}` }],
  ])("%s in %j", (variable, environment) => {
    const error = refusal(environment);
    expect(error.message).toMatch(new RegExp(`^${variable} .*\\.$`));
    expect(error.message).not.toContain("\n");
    expect(error.stack).toBe("");
    expect(inspect(error, { showHidden: true, depth: 5 })).not.toContain(canary);
  });
});
