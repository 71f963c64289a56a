import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { newIdentity } from "../../sandbox/aws/identities.ts";
import type { Listener } from "../../sandbox/http/server.ts";
import { startFunctionUrl } from "../../sandbox/lambda/function-url.ts";
import { startInvokeApi } from "../../sandbox/lambda/invoke-api.ts";
import { newCaller } from "../../sandbox/sample/callers.ts";
import { deployedGrants } from "../../sandbox/sample/grants.ts";
import { type SecretsManager, startSecretsManager } from "../../sandbox/secrets-manager/server.ts";
import { type Bundles, bundles, VERSATILE } from "../integration/sandbox/fixture-functions.ts";
import { needs } from "./needs.ts";

/** Clients that were not written for the sandbox. */
const run = promisify(execFile);

const region = "us-east-1";
const caller = newCaller("reports");
const operator = newIdentity("operator");
const signing = ["--aws-sigv4", `aws:amz:${region}:lambda`, "--user"];
let all: Bundles;
let url: Listener;
let api: Listener;
let secretsManager: SecretsManager;

beforeAll(async () => {
  all = await bundles();
  const invoked = await all.host("token-invoke", VERSATILE, { aliases: ["reports"] });
  const front = {
    region,
    identities: [caller, operator],
    grants: deployedGrants(region, {
      callers: [caller],
      functionRole: newIdentity("function"),
      operator,
      secretNames: [],
    }),
  };
  url = await startFunctionUrl(await all.host("token-url", VERSATILE), front);
  api = await startInvokeApi([invoked], front);
  secretsManager = await startSecretsManager(front);
});
afterAll(async () => {
  for (const part of [url, api, secretsManager]) await part.close();
  await all[Symbol.asyncDispose]();
});

describe("curl --aws-sigv4", needs("curl 7.75"), () => {
  const curl = async (...args: string[]) => JSON.parse((await run("curl", ["-sS", ...args])).stdout);
  const user = `${caller.accessKeyId}:${caller.secretAccessKey}`;

  test("posts a form to the Function URL", async () => {
    const event = await curl(
      ...signing,
      user,
      "-d",
      "box_subject_type=enterprise",
      `${url.url}/oauth2/token`,
    );
    expect(Buffer.from(event.body, "base64").toString()).toBe("box_subject_type=enterprise");
    expect(event.requestContext.authorizer.iam.accessKey).toBe(caller.accessKeyId);
  });

  test("posts JSON with a header of its own", async () => {
    const event = await curl(
      ...[...signing, user, "-H", "Content-Type: application/json", "-H", "X-Amz-Extra: 1"],
      ...["-d", '{"a":1}', `${url.url}/oauth2/token`],
    );
    expect(event).toMatchObject({ body: '{"a":1}', isBase64Encoded: false });
  });

  test("gets, and invokes through the Invoke API", async () => {
    expect((await curl(...signing, user, `${url.url}/anything`)).requestContext.http.method).toBe("GET");
    const path = "/2015-03-31/functions/token-invoke/invocations?Qualifier=reports";
    expect(await curl(...signing, user, "-d", '{"a":1}', `${api.url}${path}`)).toEqual({ a: 1 });
  });

  test("is refused with the wrong secret", async () => {
    const response = await curl(...signing, `${caller.accessKeyId}:wrong`, "-d", "a=b", url.url);
    expect(response.message).toMatch(/^The request signature we calculated/);
  });
});

const environment = ({ accessKeyId, secretAccessKey }: typeof operator) => ({
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_DEFAULT_REGION: region,
  AWS_MAX_ATTEMPTS: "1",
});

describe("the AWS CLI", needs("the AWS CLI 2.13 or 1.29"), () => {
  const aws = (identity: typeof operator, ...args: string[]) =>
    run("aws", args, { env: environment(identity) });

  test("invokes a caller's alias", async () => {
    // The pipe makes /dev/stdout something that can be opened.
    const line = `echo '{"a":1}' | aws lambda invoke --endpoint-url ${api.url} --function-name token-invoke --qualifier reports --payload fileb:///dev/stdin /dev/stdout | cat`;
    const { stdout } = await run("sh", ["-c", line], { env: environment(caller) });
    expect(stdout).toContain('"StatusCode": 200');
    expect(stdout.startsWith('{"a":1}')).toBe(true);
  });

  test("is refused an alias that is not the caller's", async () => {
    const invoking = aws(
      caller,
      ...["lambda", "invoke", "--endpoint-url", api.url, "--function-name", "token-invoke", "/dev/stdout"],
    );
    await expect(invoking).rejects.toMatchObject({ stderr: expect.stringMatching(/AccessDeniedException/) });
  });

  test("creates and reads a secret", async () => {
    const at = ["secretsmanager", "--endpoint-url", secretsManager.url];
    const name = ["--name", "from/cli", "--secret-string", '{"boxAppSettings":{}}'];
    await aws(operator, ...at.slice(0, 1), "create-secret", ...at.slice(1), ...name);
    const read = await aws(
      operator,
      "secretsmanager",
      "get-secret-value",
      ...at.slice(1),
      "--secret-id",
      "from/cli",
    );
    expect(JSON.parse(read.stdout)).toMatchObject({
      Name: "from/cli",
      SecretString: '{"boxAppSettings":{}}',
    });
  });
});

describe("botocore", needs("boto3"), () => {
  const python = (program: string, identity: typeof operator) =>
    run("python3", ["-c", program], { env: environment(identity) });

  test("invokes by ARN and reads the payload", async () => {
    const program = `
import botocore.session
client = botocore.session.get_session().create_client("lambda", endpoint_url="${api.url}")
name = "arn:aws:lambda:${region}:123456789012:function:token-invoke:reports"
print(client.invoke(FunctionName=name, Payload=b'{"from":"python"}')["Payload"].read().decode())`;
    expect((await python(program, caller)).stdout.trim()).toBe('{"from":"python"}');
  });

  test("signs a Function URL request", async () => {
    const program = `
import botocore.session, urllib.request
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
request = AWSRequest("POST", "${url.url}/oauth2/token?b=2&a=%C3%A9", data=b"x=1", headers={"Content-Type": "application/x-www-form-urlencoded"})
SigV4Auth(botocore.session.get_session().get_credentials(), "lambda", "${region}").add_auth(request)
sent = urllib.request.Request("${url.url}/oauth2/token?b=2&a=%C3%A9", b"x=1", dict(request.headers))
print(urllib.request.urlopen(sent).read().decode())`;
    const event = JSON.parse((await python(program, caller)).stdout);
    expect(event).toMatchObject({ rawPath: "/oauth2/token", isBase64Encoded: true });
  });
});
