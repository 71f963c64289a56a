import { SignatureV4 } from "@smithy/signature-v4";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type AwsCredentials, signedHeaders } from "../../../client/sigv4.ts";
import { Sha256 } from "../../support/sha256.ts";

const NOW = new Date("2026-11-21T05:06:07.890Z");
const CREDENTIALS = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
};

/** The AWS SDK's own signer: the second opinion. */
async function sdkSigned(url: URL, headers: Record<string, string>, body: string, who: AwsCredentials) {
  const { accessKeyId, secretAccessKey, sessionToken } = who;
  const signer = new SignatureV4({
    service: "lambda",
    region: "eu-central-1",
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
    sha256: Sha256,
    applyChecksum: false,
  });
  const query: Record<string, string[]> = {};
  for (const [name, value] of url.searchParams) query[name] = [...(query[name] ?? []), value];
  const request = {
    method: "POST",
    protocol: url.protocol,
    hostname: url.hostname,
    path: url.pathname,
    query,
    headers: { ...headers, host: url.host },
    body,
  };
  return (await signer.sign(request, { signingDate: NOW })).headers;
}

async function agrees(url: URL, headers: Record<string, string>, body: string, who: AwsCredentials) {
  const ours = signedHeaders({ url, headers, body }, "eu-central-1", who, NOW);
  expect(ours).toEqual(await sdkSigned(url, headers, body, who));
}

test("a form to a Function URL is signed as the AWS SDK signs it", async () => {
  const url = new URL("https://abc.lambda-url.eu-central-1.on.aws/oauth2/token");
  await agrees(url, { "content-type": "application/x-www-form-urlencoded" }, "a=b&c=d+e", CREDENTIALS);
});

test("an invoke by ARN with a session token is signed as the AWS SDK signs it, with the ARN's colons encoded twice", async () => {
  const arn = encodeURIComponent("arn:aws:lambda:eu-central-1:123456789012:function:token-invoke");
  const url = new URL(
    `https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/${arn}/invocations?Qualifier=a_b-c`,
  );
  const who = { ...CREDENTIALS, sessionToken: "FwoGZXIvYXdzEBYaDK//+==" };
  await agrees(url, { "content-type": "application/json" }, '{"a":"ü"}', who);
});

test.each(["", null, undefined])(
  "credentials with the session token %j are signed as those without one",
  async (sessionToken) => {
    const url = new URL("https://abc.lambda-url.eu-central-1.on.aws/oauth2/token");
    const who = { ...CREDENTIALS, sessionToken: sessionToken as string | undefined };
    const ours = signedHeaders({ url, headers: {}, body: "" }, "eu-central-1", who, NOW);
    expect(ours).toEqual(await sdkSigned(url, {}, "", CREDENTIALS));
    expect(ours).not.toHaveProperty("x-amz-security-token");
  },
);

test("any path, query and body is signed as the AWS SDK signs it", async () => {
  const text = fc.string({ minLength: 1, maxLength: 12 });
  const name = text.map((ending) => `q${ending}`);
  const parameters = fc.uniqueArray(fc.tuple(name, text), { selector: ([name]) => name, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(text, parameters, fc.string(), async (segment, query, body) => {
      const search = new URLSearchParams(query);
      const path = encodeURIComponent(segment).replaceAll(".", "_");
      await agrees(new URL(`https://host.example/x/${path}?${search}`), {}, body, CREDENTIALS);
    }),
  );
});
