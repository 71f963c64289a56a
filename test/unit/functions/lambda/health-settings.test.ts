import { describe, expect, it } from "vitest";
import { readHealthSettings } from "../../../../functions/lambda/health-settings.ts";

const GOOD = { BOX_STS_APPS: `{"reports":"box/reports"}`, AWS_LAMBDA_FUNCTION_NAME: "health" };

describe("the settings of the health function", () => {
  it("are read with their defaults", () => {
    expect(readHealthSettings(GOOD)).toEqual({
      apps: new Map([["reports", "box/reports"]]),
      expectedUsers: new Map(),
      ...{ boxUrl: "https://api.box.com", policyPath: undefined, service: "health", table: undefined },
    });
  });

  it("name the table of authorizations, without needing the service secret", () => {
    expect(readHealthSettings({ ...GOOD, BOX_STS_TABLE: "box-sts-tokens" }).table).toBe("box-sts-tokens");
    expect(readHealthSettings({ ...GOOD, BOX_STS_TABLE: "" }).table).toBeUndefined();
  });

  it.each([
    ["BOX_STS_TABLE", "a table"],
    ["BOX_STS_SERVICE_ACCOUNTS", "[]x"],
    ["BOX_STS_SERVICE_ACCOUNTS", '{"reports":7}'],
    ["BOX_STS_SERVICE_ACCOUNTS", '"abc"'],
    ["BOX_STS_SERVICE_ACCOUNTS", '["a","b"]'],
    ["BOX_STS_SERVICE_ACCOUNTS", '{"reports":"1","reports":"2"}'],
    ["BOX_STS_APPS", "{}"],
  ])("are refused with a sentence that names %s and not its value %s", (name, value) => {
    const read = () => readHealthSettings({ ...GOOD, [name]: value });
    expect(read).toThrow(new RegExp(`^${name} (?:must|is)`));
    expect(read).not.toThrow(value);
  });
});
