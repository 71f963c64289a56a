import { describe, expect, test } from "vitest";
import { PROBES } from "../../../../cli/probe/probes.ts";
import { awsCliFor } from "../../../support/aws-cli.ts";
import { loopbackServer } from "../../../support/loopback-server.ts";
import { boxSts } from "../../../support/terminal.ts";
import { probe } from "./probed.ts";

describe("each probe can fail, and is not ok where it proves nothing:", () => {
  const ALL = [
    "--function",
    "token-invoke",
    "--alias",
    "me",
    "--url-function",
    "token-url",
    "--other-profile",
    "other",
  ];
  const run = (url: string) => {
    const identity = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "secret" };
    const shell = {
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "AKIAEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "secret",
    };
    const env = { ...shell, AWS_ENDPOINT_URL_LAMBDA: url, PATH: awsCliFor("other", identity) };
    return probe(["--url", url, ...ALL], env);
  };
  /** Responds alike at the URL and at Lambda's API. */
  const always = async (status: number, body: object, headers: Readonly<Record<string, string>> = {}) =>
    (
      await loopbackServer(({ response }) => {
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(JSON.stringify(body));
      })
    ).url;
  const names = (select: (probe: (typeof PROBES)[number]) => boolean = () => true) =>
    (["url", "invoke", "direct"] as const).flatMap((target) =>
      PROBES.filter((one) => one.on.includes(target) && select(one)).map((one) => `${target}: ${one.name}`),
    );
  const OWN = ["url: the caller's own request", "invoke: the caller's own request"];
  const token = {
    ...{ access_token: "1!secret-token", token_type: "bearer", expires_in: 3600, scope: "item_preview" },
    restricted_to: [{ scope: "item_preview", object: { type: "folder", id: "7" } }],
  };

  test("a service that gives everyone a token fails each probe but the caller's own request", async () => {
    const { status, failed, unproven, stdout } = await run(await always(200, token));
    expect(status).toBe(1);
    expect(failed).toEqual(names());
    expect(unproven).toEqual([]);
    expect(stdout).not.toContain("secret-token");
  });

  test("a service whose IAM allows nothing proves only that strangers are refused", async () => {
    const url = await always(403, { Message: "because no identity-based policy allows the action" });
    const { failed, probes } = await run(url);
    expect(failed).toEqual(OWN);
    const proven = probes.filter((one) => one.verdict === "ok").map((one) => one.probe);
    expect([...new Set(proven)]).toEqual([
      "unsigned request",
      "wrong signature",
      "an expired signature",
      "another caller",
    ]);
  });

  test("a deny of the identity's own policy says nothing about the function's", async () => {
    const deny = (kind: string) => ({ Message: `not authorized with an explicit deny in ${kind} policy` });
    const direct = async (kind: string) => {
      const { probes } = await run(
        await always(403, deny(kind), { "x-amzn-errortype": "AccessDeniedException" }),
      );
      return probes.find((one) => one.probe === "a direct invoke of the URL's function")?.verdict;
    };
    expect(await direct("an identity-based")).toBe("no proof");
    expect(await direct("a service control")).toBe("no proof");
    expect(await direct("a resource-based")).toBe("ok");
  });

  test("a service that does not respond is sent one request each, and proves nothing", async () => {
    const { status, failed, unproven, requests } = await run("http://127.0.0.1:9");
    expect(status).toBe(1);
    expect(failed).toEqual(OWN);
    expect(unproven.length).toBe(names().length);
    expect(requests).toBe(4);
  });

  test.each([
    ["a function that refuses every request as its policy is missing", 503, "policy_unavailable", "no proof"],
    ["a function that refuses every request with another code", 400, "unsupported_grant_type", "failed"],
  ] as const)("%s", async (_, status, code, verdict) => {
    const { probes } = await run(await always(status, { error: "invalid_request", code, retryable: false }));
    const ofFunction = ["an unknown parameter", "an oversized body", "another method", "another path"];
    const seen = probes.filter((one) => one.target === "url" && ofFunction.includes(one.probe));
    expect(seen.map((one) => one.verdict)).toEqual(ofFunction.map(() => verdict));
  });

  test("a refusal of a request without a signature says so, and of no identity", async () => {
    const { probes } = await run(await always(403, { Message: "Forbidden. For troubleshooting …" }));
    const seen = Object.fromEntries(probes.map((one) => [one.probe, one.seen]));
    expect(seen["unsigned request"]).toBe("AWS refused the unsigned request (403)");
    expect(seen["wrong signature"]).toBe("nothing allows this identity to do it (403)");
  });

  test.each([
    [429, "no proof"],
    [502, "no proof"],
    [404, "no proof"],
  ] as const)("AWS's status %i for a request without a signature is %s", async (status, verdict) => {
    const { probes } = await run(await always(status, { Message: "…" }));
    expect(probes.find((one) => one.probe === "unsigned request")?.verdict).toBe(verdict);
  });
});

test.each([
  [[], "Name a deployment: --url, --function, or both."],
  [["--url", "https://example.com/"], "is not a Function URL"],
  [["--url", "http://127.0.0.1:9", "--alias", "a"], "--alias works only with --function."],
  [["--function", "token-invoke"], "--alias is missing. Give the alias"],
  [["--url", "http://127.0.0.1:9", "--foreign-subject", "42"], "--foreign-subject is 42; write enterprise,"],
  [["--url", "http://127.0.0.1:9", "--caller", "alias:a"], "--caller works only with --expect."],
  [["--url", "http://127.0.0.1:9", "--expect", "a.yaml"], "--expect needs --caller"],
  [
    ["--url", "http://127.0.0.1:9", "--other-profile", "p"],
    "--other-profile needs the AWS CLI (2.9 or later), which is not installed.",
  ],
  [["--url", "http://127.0.0.1:9", "--url-function", "a:b"], "without an alias"],
])("box-sts probe %j is wrong use", async (args, text) => {
  const env = { AWS_REGION: "us-east-1", PATH: "/nonexistent" };
  const { status, stdout, stderr } = await boxSts(["probe", ...args], env);
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain(text);
});
