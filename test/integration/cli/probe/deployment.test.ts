import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Grant } from "../../../../sandbox/aws/iam.ts";
import type { Identity } from "../../../../sandbox/aws/identities.ts";
import { listen } from "../../../../sandbox/http/server.ts";
import { startFunctionUrl } from "../../../../sandbox/lambda/function-url.ts";
import { functionUrlEvent } from "../../../../sandbox/lambda/function-url-event.ts";
import { startInvokeApi } from "../../../../sandbox/lambda/invoke-api.ts";
import { type Sandbox, startSandbox } from "../../../../sandbox/sandbox.ts";
import { awsCliFor } from "../../../support/aws-cli.ts";
import { boxSts } from "../../../support/terminal.ts";
import { probe } from "./probed.ts";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});
const closing = <Part extends { close(): Promise<void> }>(part: Part): Part => {
  closers.push(() => part.close());
  return part;
};

const caller = (name: string) => sandbox.callers[name] as Identity;
const shellOf = ({ accessKeyId, secretAccessKey }: Identity): NodeJS.ProcessEnv => ({
  AWS_REGION: sandbox.region,
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_ENDPOINT_URL_LAMBDA: sandbox.invokeUrl,
});
const tokenUrl = () => new URL(sandbox.tokenUrl).origin;
const byInvoke = (alias: string) => ["--function", "token-invoke", "--alias", alias];

describe("box-sts probe of the sandbox's functions", () => {
  test("finds every probe of the Function URL as expected, with another role's credentials", async () => {
    const env = { ...shellOf(caller("one-folder")), PATH: awsCliFor("other", caller("nothing")) };
    const report = await probe(["--url", tokenUrl(), "--other-profile", "other"], env);
    expect(report.unproven).toEqual([]);
    expect(report).toMatchObject({ status: 0, failed: [], requests: 16 });
    expect(report.probes).toHaveLength(16);
    expect(report.stdout).not.toContain("1!");
  });

  test("finds the alias as expected; what its caller cannot see proves nothing", async () => {
    const env = { ...shellOf(caller("one-folder")), PATH: awsCliFor("other", caller("everything")) };
    const args = [...byInvoke("one-folder"), "--other-profile", "other", "--url-function", "token-url"];
    const report = await probe(args, env);
    expect(report).toMatchObject({ status: 0, failed: [] });
    // Nothing allows this identity to invoke $LATEST: whether something denies it is not to be seen.
    expect(report.unproven).toEqual([
      "invoke: an invoke of $LATEST",
      "direct: a direct invoke of its $LATEST",
    ]);
    const strict = await probe([...args, "--strict"], env);
    expect(strict).toMatchObject({ status: 1, failed: [] });
  });

  test("a principal whom IAM allows everything sees that $LATEST is refused by the functions themselves", async () => {
    const args = [...byInvoke("one-folder"), "--url-function", "token-url"];
    const { status, probes, failed } = await probe(args, shellOf(sandbox.operator));
    expect(status).toBe(1);
    expect(failed).toEqual(["invoke: the caller's own request"]);
    for (const name of ["an invoke of $LATEST", "a direct invoke of its $LATEST"]) {
      expect(probes.find((one) => one.probe === name)).toMatchObject({
        verdict: "ok",
        seen: "the function refuses it (unauthorized_client)",
      });
    }
  });

  test("no scope and no resource is too much for a caller with the app's full token, which proves nothing", async () => {
    const { status, unproven } = await probe(["--url", tokenUrl()], shellOf(caller("everything")));
    expect(status).toBe(0);
    expect(unproven).toEqual(["url: another caller", "url: too wide a scope", "url: a foreign resource"]);
  });

  test("says first how many requests it makes at most, and prints a line for each", async () => {
    const { status, stdout } = await boxSts(["probe", "--url", tokenUrl()], shellOf(caller("one-folder")));
    expect(status).toBe(0);
    const [first, second, ...others] = stdout.trimEnd().split("\n");
    expect(first).toBe(`At most 16 requests to ${new URL(tokenUrl()).host}.`);
    expect(second).toMatch(
      /^ok {8}url {5}the caller's own request: expected a token; seen: the function returned a token/,
    );
    expect(others.at(-1)).toBe("16 probes with 15 requests: 15 ok, 1 no proof");
    expect(stdout).not.toContain("1!");
  });

  test("runs the tests of a file that are about this caller", async () => {
    const folder = mkdtempSync(join(tmpdir(), "box-sts-expect-"));
    const path = join(folder, "tests.yaml");
    writeFileSync(
      path,
      [
        "version: 1",
        "tests:",
        "  - { name: downloads, caller: alias:one-folder, app: sandbox, scope: item_download, expect: allow }",
        "  - { name: uploads, caller: alias:one-folder, app: sandbox, scope: item_upload, expect: allow }",
        "  - { name: deletes, caller: alias:one-folder, app: sandbox, scope: item_delete, expect: deny }",
        "  - { name: others, caller: alias:everything, app: sandbox, expect: deny }",
      ].join("\n"),
    );
    const args = [...byInvoke("one-folder"), "--expect", path, "--caller"];
    const { status, failed, probes } = await probe(
      [...args, "alias:one-folder"],
      shellOf(caller("one-folder")),
    );
    expect(status).toBe(1);
    expect(failed).toEqual(["invoke: uploads"]);
    expect(
      probes.filter((one) => ["downloads", "deletes"].includes(one.probe)).map((one) => one.verdict),
    ).toEqual(["ok", "ok"]);
    const none = await boxSts(["probe", ...args, "alias:nobody"], shellOf(caller("one-folder")));
    expect(none).toMatchObject({ status: 2, stdout: "" });
    expect(none.stderr).toContain("has no test of the caller alias:nobody");
    rmSync(folder, { recursive: true });
  });
});

describe("box-sts probe of a broken deployment", () => {
  const front = () => ({
    region: sandbox.region,
    identities: [...Object.values(sandbox.callers), sandbox.operator],
    grants: [] as readonly Grant[],
  });

  test("a Function URL that lets anyone in fails for what is unsigned or wrongly signed", async () => {
    const { url } = closing(await startFunctionUrl(sandbox.functions.tokenUrl, front(), "NONE"));
    const { status, failed, probes } = await probe(["--url", url], shellOf(caller("one-folder")));
    expect(status).toBe(1);
    expect(failed).toEqual([
      "url: the caller's own request",
      "url: unsigned request",
      "url: wrong signature",
      "url: an expired signature",
    ]);
    expect(probes.find((one) => one.probe === "unsigned request")?.next).toContain("AWS_IAM");
  });

  /** A front of somebody's own: it gives each request that it accepts the identity of one caller. */
  const ownFront = async (accepts: (headers: Readonly<Record<string, string>>) => boolean) =>
    closing(
      await listen(async (request) => {
        if (!accepts(request.headers)) return { status: 403, body: '{"Message":"Forbidden"}' };
        const event = functionUrlEvent(request, caller("one-folder"), sandbox.region, "request", Date.now());
        const outcome = await sandbox.functions.tokenUrl.invoke(event);
        if (!outcome.ok) return { status: 502 };
        const { statusCode, body } = JSON.parse(outcome.payload) as { statusCode: number; body: string };
        return { status: statusCode, body };
      }),
    ).url;

  test("a front that checks no signature fails for both", async () => {
    const url = await ownFront(() => true);
    const { failed } = await probe(["--url", url], shellOf(caller("one-folder")));
    expect(failed).toEqual(["url: unsigned request", "url: wrong signature", "url: an expired signature"]);
  });

  test("a front that checks only whether there is a signature fails for a wrong one, and for another caller", async () => {
    const url = await ownFront(({ authorization }) => authorization !== undefined);
    const env = { ...shellOf(caller("one-folder")), PATH: awsCliFor("other", caller("nothing")) };
    const { failed } = await probe(["--url", url, "--other-profile", "other"], env);
    expect(failed).toEqual(["url: wrong signature", "url: an expired signature", "url: another caller"]);
  });

  test("a policy that is too wide fails for the scope, the subject and the resource", async () => {
    const { roleArn } = caller("one-folder");
    const { reports, payroll, managedUser } = sandbox.sample;
    const folderUrl = (id: string) => `https://api.box.com/2.0/folders/${id}`;
    await sandbox.deployPolicy({
      version: 1,
      statements: [
        {
          ...{ id: "wide", caller: { iam: roleArn }, app: "sandbox" },
          subjects: ["enterprise", "user:*"],
          scopes: ["item_download", "root_readwrite"],
          resources: [folderUrl(reports.id), folderUrl(payroll.id)],
        },
      ],
    });
    const own = ["--scope", "item_download", "--resource", folderUrl(reports.id)];
    const foreign = [
      ...["--wide-scope", "root_readwrite", "--foreign-resource", folderUrl(payroll.id)],
      ...["--foreign-subject", `user:${managedUser.id}`],
    ];
    const { failed, probes } = await probe(
      ["--url", tokenUrl(), ...own, ...foreign],
      shellOf(caller("one-folder")),
    );
    expect(failed).toEqual(["url: too wide a scope", "url: a foreign subject", "url: a foreign resource"]);
    expect(probes.find((one) => one.probe === "a foreign resource")?.seen).toContain(
      "bound to a file or folder",
    );
    const chosen = [...own, "--subject", "enterprise"];
    const unnamed = await probe(["--url", tokenUrl(), ...chosen], shellOf(caller("one-folder")));
    expect(unnamed.unproven).toEqual([
      "url: another caller",
      "url: too wide a scope",
      "url: a foreign subject",
      "url: a foreign resource",
    ]);
  });

  test("a resource policy that denies nothing fails for another caller's alias and for the function of the URL", async () => {
    await sandbox.coldStart();
    const { functions } = sandbox;
    const allow = {
      effect: "allow",
      principal: "*",
      action: "lambda:*",
      resource: "arn:aws:lambda:*",
    } as const;
    const { url } = closing(
      await startInvokeApi([functions.tokenInvoke, functions.tokenUrl], { ...front(), grants: [allow] }),
    );
    const env = {
      ...shellOf(caller("everything")),
      AWS_ENDPOINT_URL_LAMBDA: url,
      PATH: awsCliFor("other", caller("nothing")),
    };
    const args = [...byInvoke("one-folder"), "--other-profile", "other", "--url-function", "token-url"];
    const { failed, probes } = await probe(args, env);
    expect(failed).toContain("invoke: another caller's invoke");
    expect(failed).toContain("direct: a direct invoke of the URL's function");
    // The function itself is the second line of defence.
    expect(probes.find((one) => one.probe === "an unqualified invoke")).toMatchObject({
      verdict: "ok",
      seen: "the function refuses it (unauthorized_client)",
    });
  });
});
