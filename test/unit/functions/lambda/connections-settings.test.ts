import { describe, expect, test } from "vitest";
import { readConnectionsSettings } from "../../../../functions/lambda/connections-settings.ts";

const SET = {
  BOX_STS_APPS: '{"crm":"box/crm"}',
  BOX_STS_TABLE: "tokens",
  BOX_STS_SERVICE_SECRET: "box-sts/service",
  BOX_STS_AUTHORIZE_URL: "https://abc.lambda-url.eu-west-1.on.aws/",
  BOX_STS_SERVICE: "prod",
};

describe("the settings of the connections function", () => {
  test("are read from the environment", () => {
    expect(readConnectionsSettings(SET)).toEqual({
      apps: new Map([["crm", "box/crm"]]),
      sharedCache: { table: "tokens", serviceSecret: "box-sts/service" },
      boxUrl: "https://api.box.com",
      authorizeUrl: "https://abc.lambda-url.eu-west-1.on.aws",
      service: "prod",
    });
  });

  test("may leave out the authorize function, and its URL may have a path", () => {
    expect(readConnectionsSettings({ ...SET, BOX_STS_AUTHORIZE_URL: "" }).authorizeUrl).toBeUndefined();
    const authorizeUrl = "https://example.com/box/";
    expect(readConnectionsSettings({ ...SET, BOX_STS_AUTHORIZE_URL: authorizeUrl }).authorizeUrl).toBe(
      "https://example.com/box",
    );
  });

  test.each<readonly [string, string, string]>([
    ["BOX_STS_APPS", "", "BOX_STS_APPS is missing: it must be a JSON object"],
    ["BOX_STS_TABLE", "", "BOX_STS_TABLE is missing: connections are kept in a DynamoDB table."],
    ["BOX_STS_SERVICE_SECRET", "", "BOX_STS_SERVICE_SECRET is missing: connections are encrypted with it."],
    ...[
      "http://example.com",
      "example.com",
      "https://example.com/?a=b",
      "https://u:p@example.com",
      "https://x/#y",
    ].map(
      (url) =>
        [
          "BOX_STS_AUTHORIZE_URL",
          url,
          "BOX_STS_AUTHORIZE_URL must be an https:// URL without credentials, query and fragment",
        ] as const,
    ),
  ])("are refused for %s=%j with a sentence that names the variable", (name, value, message) => {
    expect(() => readConnectionsSettings({ ...SET, [name]: value })).toThrow(message);
  });
});
