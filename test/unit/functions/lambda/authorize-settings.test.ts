import { describe, expect, test } from "vitest";
import { readAuthorizeSettings } from "../../../../functions/lambda/authorize-settings.ts";

const ENVIRONMENT = {
  BOX_STS_APPS: '{"reports":"box/reports"}',
  BOX_STS_TABLE: "box-sts",
  BOX_STS_SERVICE_SECRET: "box-sts/service",
  BOX_STS_SERVICE: "Prod",
};

describe("the settings of the authorize function", () => {
  test("are Box's own addresses and the Function URL, unless others are named", () => {
    expect(readAuthorizeSettings(ENVIRONMENT)).toEqual({
      apps: new Map([["reports", "box/reports"]]),
      sharedCache: { table: "box-sts", serviceSecret: "box-sts/service" },
      boxUrl: "https://api.box.com",
      accountUrl: "https://account.box.com/api/oauth2/authorize",
      publicUrl: undefined,
      service: "Prod",
    });
  });

  test("have the other addresses that are named, without a slash at the end", () => {
    const settings = readAuthorizeSettings({
      ...ENVIRONMENT,
      BOX_API_URL: "http://127.0.0.1:8080/",
      BOX_STS_ACCOUNT_URL: "http://localhost:8080/api/oauth2/authorize",
      BOX_STS_PUBLIC_URL: "https://connect.example.com/",
    });
    expect(settings).toMatchObject({
      boxUrl: "http://127.0.0.1:8080",
      accountUrl: "http://localhost:8080/api/oauth2/authorize",
      publicUrl: "https://connect.example.com",
    });
  });

  test.each(["BOX_STS_APPS", "BOX_STS_TABLE", "BOX_STS_SERVICE_SECRET"])("need %s", (name) => {
    expect(() => readAuthorizeSettings({ ...ENVIRONMENT, [name]: "" })).toThrow(
      new RegExp(`^${name} is missing`),
    );
  });

  test.each(["BOX_STS_ACCOUNT_URL", "BOX_STS_PUBLIC_URL"])(
    "take only a plain and safe address as %s",
    (name) => {
      const wrong = [
        ...[
          "connect.example.com",
          "http://connect.example.com",
          "ftp://connect.example.com",
          "//connect.example.com",
        ],
        ...[
          "https://user@connect.example.com",
          "https://connect.example.com/?a=b",
          "https://connect.example.com/#a",
        ],
      ];
      for (const value of wrong) {
        const read = () => readAuthorizeSettings({ ...ENVIRONMENT, [name]: value });
        expect(read, value).toThrow(new RegExp(`^${name} must be an https:// URL`));
        expect(read, value).not.toThrow(value);
      }
    },
  );
});
