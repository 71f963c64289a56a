import { describe, expect, test } from "vitest";
import { parseOptions } from "../../../client/options.ts";
import type { BoxAuthOptions } from "../../../client/types.ts";
import { REQUEST_SECONDS } from "../../../schemas/protocol/request-time.ts";

const URL_OPTION = "https://abc123.lambda-url.eu-central-1.on.aws/";
const ARN = "arn:aws:lambda:eu-west-1:123456789012:function:token-invoke";

const settings = (options: object, env: NodeJS.ProcessEnv = {}) =>
  parseOptions(options as BoxAuthOptions, env);
const request = (options: object, env?: NodeJS.ProcessEnv) => {
  const { target, parameters } = settings(options, env);
  const { url, ...rest } = target.token.request(parameters);
  return { region: target.region, url: url.href, ...rest };
};

test.each([
  [
    "a Function URL is a form to /oauth2/revoke",
    { url: URL_OPTION },
    {
      url: `${URL_OPTION}oauth2/revoke`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "token=1%21a%2Bb",
    },
  ],
  [
    "a direct invoke is the event { token } to the same alias",
    { functionName: ARN, alias: "reports" },
    {
      url: `https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/${encodeURIComponent(ARN)}/invocations?Qualifier=reports`,
      headers: { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" },
      body: '{"token":"1!a+b"}',
    },
  ],
])("the revocation by %s", (_, options, expected) => {
  const { url, ...rest } = settings(options).target.revocation.request({ token: "1!a+b" });
  expect({ url: url.href, ...rest }).toEqual(expected);
});

describe("boxAuth() with a Function URL", () => {
  test("sends a form and takes the region from the URL", () => {
    expect(request({ url: URL_OPTION, app: "reports", scope: ["item_download", "base_preview"] })).toEqual({
      region: "eu-central-1",
      url: `${URL_OPTION}oauth2/token`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: "box_subject_type=enterprise&min_ttl=300&app=reports&scope=item_download+base_preview",
    });
  });

  test.each([URL_OPTION, URL_OPTION.slice(0, -1), `${URL_OPTION}oauth2/token`, new URL(URL_OPTION)])(
    "%s resolves to the token path",
    (url) => {
      expect(request({ url }).url).toBe(`${URL_OPTION}oauth2/token`);
    },
  );

  test.each([
    ["abc.lambda-url.cn-north-1.on.amazonwebservices.com.cn", "cn-north-1"],
    ["abc.lambda-url.cn-northwest-1.on.aws", "cn-northwest-1"],
    ["abc.lambda-url.eusc-de-east-1.on.amazonwebservices.eu", "eusc-de-east-1"],
    ["abc.lambda-url.us-gov-west-1.on.aws", "us-gov-west-1"],
  ])("%s is a Function URL of %s", (host, region) => {
    expect(request({ url: `https://${host}/` })).toMatchObject({
      region,
      url: `https://${host}/oauth2/token`,
    });
  });

  test("accepts plain HTTP on loopback, with a region", () => {
    const { url, region } = request(
      { url: "http://127.0.0.1:8700/oauth2/token" },
      { AWS_REGION: "us-east-1" },
    );
    expect([url, region]).toEqual(["http://127.0.0.1:8700/oauth2/token", "us-east-1"]);
  });
});

describe("boxAuth() with a function name", () => {
  test("takes the region from AWS_DEFAULT_REGION where AWS_REGION is empty", () => {
    const env = { AWS_REGION: "", AWS_DEFAULT_REGION: "eu-west-1" };
    expect(request({ functionName: "token-invoke", alias: "nightly" }, env).region).toBe("eu-west-1");
    expect(() =>
      request({ functionName: "token-invoke", alias: "nightly" }, { AWS_REGION: "", AWS_DEFAULT_REGION: "" }),
    ).toThrow("neither the target nor AWS_REGION names one");
  });

  test("sends JSON to the region's Lambda API, through the alias", () => {
    const options = { functionName: "token-invoke", alias: "nightly", subject: { user: "42" }, minTtl: 600 };
    expect(request(options, { AWS_DEFAULT_REGION: "eu-west-1" })).toEqual({
      region: "eu-west-1",
      url: "https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/token-invoke/invocations?Qualifier=nightly",
      headers: { "content-type": "application/json", "x-amz-invocation-type": "RequestResponse" },
      body: '{"box_subject_type":"user","box_subject_id":"42","min_ttl":"840"}',
    });
  });

  test.each([
    [
      { functionName: ARN, alias: "mine" },
      "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Atoken-invoke",
    ],
    [
      { functionName: `${ARN}:mine` },
      "arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Atoken-invoke",
    ],
    [{ functionName: "token-invoke:mine", region: "eu-west-1" }, "token-invoke"],
    [
      { functionName: "123456789012:function:token-invoke:mine", region: "eu-west-1" },
      "123456789012%3Afunction%3Atoken-invoke",
    ],
  ])("%j names function, alias and region", (options, path) => {
    const { url, region } = request(options);
    expect(region).toBe("eu-west-1");
    expect(url).toBe(
      `https://lambda.eu-west-1.amazonaws.com/2015-03-31/functions/${path}/invocations?Qualifier=mine`,
    );
  });

  test.each([
    ["cn-north-1", "lambda.cn-north-1.amazonaws.com.cn"],
    ["us-gov-west-1", "lambda.us-gov-west-1.amazonaws.com"],
    ["eusc-de-east-1", "lambda.eusc-de-east-1.amazonaws.eu"],
    ["us-isof-south-1", "lambda.us-isof-south-1.csp.hci.ic.gov"],
    ["eu-isoe-west-1", "lambda.eu-isoe-west-1.cloud.adc-e.uk"],
  ])("%s has its endpoint", (region, host) => {
    expect(request({ functionName: "f", alias: "a", region }).url).toContain(`https://${host}/`);
  });
});

describe("the endpoint of Lambda's API", () => {
  const direct = { functionName: "f", alias: "a", region: "us-east-1" };
  test.each([
    [
      { AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:1", AWS_ENDPOINT_URL: "http://127.0.0.1:2" },
      "127.0.0.1:1",
    ],
    [{ AWS_ENDPOINT_URL_LAMBDA: "", AWS_ENDPOINT_URL: "http://127.0.0.1:2" }, "127.0.0.1:2"],
    [{ AWS_ENDPOINT_URL_LAMBDA: "" }, "lambda.us-east-1.amazonaws.com"],
  ])("is what the AWS SDK's variables %j name", (env, host) => {
    expect(new URL(request(direct, env).url).host).toBe(host);
  });

  test("is the option, if there is one", () => {
    const env = { AWS_ENDPOINT_URL_LAMBDA: "http://127.0.0.1:1" };
    const { url } = request({ ...direct, endpoint: "http://127.0.0.1:3" }, env);
    expect(new URL(url).host).toBe("127.0.0.1:3");
  });

  test.each([
    "lambda.us-east-1.amazonaws.com",
    "lambda-fips.us-east-1.amazonaws.com",
    "lambda.us-east-1.api.aws",
    "lambda.cn-north-1.amazonaws.com.cn",
    "lambda.cn-north-1.api.amazonwebservices.com.cn",
    "lambda.eusc-de-east-1.amazonaws.eu",
    "vpce-0123456789abcdef0-a1b2c3d4.lambda.us-east-1.vpce.amazonaws.com",
    "vpce-0123456789abcdef0-a1b2c3d4-us-east-1a.lambda.us-east-1.vpce.amazonaws.com",
    "localhost",
  ])("may be %s", (host) => {
    expect(new URL(request({ ...direct, endpoint: `https://${host}` }).url).hostname).toBe(host);
  });

  test.each([
    "example.com",
    "lambda.us-east-1.amazonaws.com.example.com",
    "evil-lambda.us-east-1.amazonaws.com",
    "abc123.execute-api.us-east-1.amazonaws.com",
    "bucket.s3.us-east-1.amazonaws.com",
    "lambda.us-east-1.amazonaws.com.cn",
    "lambda.cn-north-1.amazonaws.com",
    "lambda.us-east-1.on.aws",
    "vpce-1.execute-api.us-east-1.vpce.amazonaws.com",
    "vpce-1.lambda.us-east-1.amazonaws.com",
    "vpce-1.lambda.us-east-1.vpce.evil-amazonaws.com",
    "lambda.us-east-1.amazonaws.community",
    "lambda-us-east-1.amazonaws.com",
    "lambda.amazonaws.com",
    "127.0.0.1.example.com",
    "10.0.0.1",
  ])("may be %s only if the program allows any", (host) => {
    const foreign = { ...direct, endpoint: `https://${host}` };
    expect(() => settings(foreign)).toThrow(`\`endpoint\` names the host ${host}`);
    expect(() => settings({ ...foreign, allowAnyEndpoint: false })).toThrow(`names the host ${host}`);
    expect(new URL(request({ ...foreign, allowAnyEndpoint: true }).url).hostname).toBe(host);
  });

  test.each(["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"])(
    "that %s names must follow the same rule",
    (name) => {
      const env = { [name]: "https://proxy.example" };
      expect(() => settings(direct, env)).toThrow(`${name} names the host proxy.example`);
      expect(request({ ...direct, allowAnyEndpoint: true }, env).url).toMatch(/^https:\/\/proxy\.example\//);
    },
  );
});

describe("boxAuth() refuses with a message", () => {
  const ours = { url: URL_OPTION };
  const direct = { functionName: "token-invoke", alias: "mine", region: "us-east-1" };
  test.each([
    [undefined, /one object/],
    [{}, /either `url` or `functionName`/],
    [{ ...ours, ...direct }, /either `url` or `functionName`/],
    [
      { ...ours, scopes: ["item_download"] },
      /There is no option `scopes`\. Did you mean `scope`\? Allowed are url, .*scope/,
    ],
    [{ ...ours, "canary canary": 1 }, /There is no option\. Allowed are url/],
    [{ ...direct, region: "Frankfurt 1" }, / `region` is not the name of an AWS region, such as us-east-1\./],
    [{ ...direct, region: "Frankfurt" }, /There is no region `Frankfurt`: `region` is the name/],
    [{ url: "https://example.com/" }, /host example\.com.*not a Function URL/],
    [{ url: "https://lambda-url.eu-central-1.on.aws.example.com/" }, /not a Function URL/],
    [{ url: "https://abc.lambda-url.eu-central-1.on.aws.example.com/" }, /not a Function URL/],
    [{ url: "https://abc.lambda-url.eu-central-1.on.awsome/" }, /not a Function URL/],
    [{ url: "https://abc.lambda-url.eu-central-1.on.amazonwebservices.com.cn/" }, /not a Function URL/],
    [{ url: "https://abc.lambda-url.cn-north-1.on.amazonwebservices.com/" }, /not a Function URL/],
    [{ ...ours, allowAnyEndpoint: true }, /belong to `functionName`/],
    [{ ...direct, allowAnyEndpoint: "no" }, /`allowAnyEndpoint` is true or false/],
    [{ url: "http://abc123.lambda-url.eu-central-1.on.aws/" }, /`url` is a Function URL/],
    [{ url: "https://user:canary@abc.lambda-url.eu-central-1.on.aws/" }, /`url` is a Function URL/],
    [{ url: `${URL_OPTION}?token=canary` }, /`url` is a Function URL/],
    [{ url: `${URL_OPTION}other` }, /`url` is a Function URL/],
    [{ url: "canary" }, /`url` is a Function URL/],
    [{ url: 5 }, /`url` is a Function URL/],
    [{ url: `${URL_OPTION}other` }, /on\.aws\/, to which oauth2\/token may be appended, and nothing else/],
    [{ url: "http://127.0.0.1:1/" }, /`region` is needed/],
    [{ ...ours, region: "Frankfurt" }, /`region` is the name/],
    [{ ...ours, alias: "mine" }, /belong to `functionName`/],
    [{ ...direct, functionName: "not a name" }, /`functionName` is/],
    [
      { ...direct, alias: undefined },
      /`alias` is missing\. Give the alias that the deployment grants your role;/,
    ],
    [{ ...direct, alias: "$LATEST" }, /`alias` is the alias/],
    [{ ...direct, alias: "7" }, /`alias` is the alias/],
    [
      { ...direct, functionName: "token-invoke:other" },
      /`functionName` ends with the alias other, and `alias` is mine\. Give the alias once\./,
    ],
    [{ ...direct, endpoint: "http://elsewhere.example/" }, /`endpoint` must be the https base URL/],
    [{ ...direct, region: undefined }, /`region` is needed/],
    [{ ...ours, subject: "user" }, /`subject` is/],
    [{ ...ours, subject: { user: "1", enterprise: "2" } }, /`subject` is/],
    [{ ...ours, subject: null }, /`subject` is/],
    [{ ...ours, subject: { user: 12345 } }, /box_subject_id must be/],
    [{ ...ours, subject: { user: "" } }, /`box_subject_id` is empty/],
    [{ ...ours, scope: [] }, /`scope` is empty/],
    [{ ...ours, scope: "a  b" }, /scope must be Box scopes/],
    [{ ...ours, scope: 5 }, /`scope` is a list of Box scopes/],
    [{ ...ours, scope: [["a"]] }, /`scope` is a list of Box scopes/],
    [{ functionName: undefined, alias: "a" }, /`functionName` is undefined: is the variable/],
    [{ url: undefined }, /`url` is undefined: is the variable/],
    [{}, /It takes either `url` or `functionName`/],
    [{ ...ours, resource: "https://evil.example/2.0/folders/1" }, /resource must be one Box file or folder/],
    [{ ...ours, app: "no spaces" }, /app must be/],
    [{ ...ours, minTtl: 1_501 }, /`minTtl` is/],
    ...[0, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 30 * 86_400_000, "1000", null].map(
      (timeoutMs) => [{ ...ours, timeoutMs }, /`timeoutMs` is .* up to 2147483647/] as [object, RegExp],
    ),
  ])("%j", (options, sentence) => {
    const refusal = () => settings(options as object);
    expect(refusal).toThrow(expect.objectContaining({ name: "BoxStsError", code: "invalid_options" }));
    expect(refusal).toThrow(sentence);
    expect(refusal).not.toThrow(/canary/);
  });
});

describe("the time limit for one token", () => {
  test("is by default the function's time limit and the time to reach it", () => {
    expect(settings({ url: URL_OPTION }).timeoutMs).toBe(35_000);
    expect(settings({ url: URL_OPTION }).timeoutMs).toBeGreaterThan(REQUEST_SECONDS * 1_000);
  });

  test("may be as long as the longest timer of Node", () => {
    expect(settings({ url: URL_OPTION, timeoutMs: 2 ** 31 - 1 }).timeoutMs).toBe(2_147_483_647);
  });
});

describe("the credentials", () => {
  const provide = (options: object, env?: NodeJS.ProcessEnv) =>
    settings({ url: URL_OPTION, ...options }, env).credentials();

  test("come from the variables that Lambda sets", async () => {
    const env = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "S", AWS_SESSION_TOKEN: "T" };
    expect(await provide({}, env)).toEqual({ accessKeyId: "A", secretAccessKey: "S", sessionToken: "T" });
    expect(await provide({}, { ...env, AWS_SESSION_TOKEN: "" })).toMatchObject({ sessionToken: undefined });
  });

  test("come from the option, as an object or from a function that the client calls for each request", async () => {
    const credentials = { accessKeyId: "A", secretAccessKey: "S" };
    expect(await provide({ credentials })).toBe(credentials);
    let calls = 0;
    const { credentials: each } = settings({
      url: URL_OPTION,
      credentials: async () => ({ accessKeyId: String(++calls), secretAccessKey: "S" }),
    });
    expect([await each(), await each()].map(({ accessKeyId }) => accessKeyId)).toEqual(["1", "2"]);
  });

  test.each([
    { credentials: { accessKeyId: "", secretAccessKey: "S" } },
    { credentials: async () => undefined },
    { credentials: () => Promise.reject(new Error("canary")) },
    {
      credentials: () => {
        throw new Error("canary");
      },
    },
  ])("that are missing or incomplete fail with no_credentials: %j", async (options) => {
    const refusal = provide(options);
    await expect(refusal).rejects.toMatchObject({ code: "no_credentials", retryable: false });
    await expect(refusal).rejects.not.toThrow(/canary/);
    await expect(refusal).rejects.toThrow("Tried: the `credentials` that were passed (");
  });

  test.each(["", null])("whose session token is %j have none", async (sessionToken) => {
    const credentials = { accessKeyId: "A", secretAccessKey: "S", sessionToken };
    expect(await provide({ credentials })).toEqual({ accessKeyId: "A", secretAccessKey: "S" });
  });

  test("may come from a function that returns no promise", async () => {
    const credentials = { accessKeyId: "A", secretAccessKey: "S" };
    expect(await provide({ credentials: () => credentials })).toBe(credentials);
  });

  test.each(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])(
    "of which %s ends with a line break fail with no_credentials, by name and without the value",
    async (name) => {
      const env = { AWS_ACCESS_KEY_ID: "A", AWS_SECRET_ACCESS_KEY: "S", [name]: "canary\r" };
      const refusal = provide({}, env);
      await expect(refusal).rejects.toMatchObject({ name: "BoxStsError", code: "no_credentials" });
      await expect(refusal).rejects.toThrow(/whose (accessKeyId|secretAccessKey|sessionToken) has a space/);
      await expect(refusal).rejects.not.toThrow(/canary/);
    },
  );
});
