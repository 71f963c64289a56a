import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Grant, stored } from "../../sandbox/aws/iam.ts";
import { ACCOUNT, type Identity, newIdentity } from "../../sandbox/aws/identities.ts";
import type { Listener } from "../../sandbox/http/server.ts";
import { startFunctionUrl } from "../../sandbox/lambda/function-url.ts";
import type { HostedFunction } from "../../sandbox/lambda/hosted-function.ts";
import { startInvokeApi } from "../../sandbox/lambda/invoke-api.ts";
import { newCaller } from "../../sandbox/sample/callers.ts";
import { deployedGrants } from "../../sandbox/sample/grants.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { invoke, requestToken } from "../support/token-client.ts";
import { type Deployment, deploy, deployWithCode } from "./deployment.ts";
import { hostTemplate, REGION, resolverOf } from "./hosted-template.ts";
import { permissionsOf } from "./permissions.ts";
import { ROOT } from "./synth.ts";
import { grantOf } from "./template-grants.ts";

let sandbox: Sandbox;
let deployment: Deployment;
let hosted: Readonly<Record<string, HostedFunction>>;
let fronts: { readonly url: Listener; readonly invokeApi: Listener };
const callers = ["everything", "nothing"].map(newCaller);
const [everything, nothing] = callers as [ReturnType<typeof newCaller>, ReturnType<typeof newCaller>];
/** The first caller's role, deleted and made again: the same ARN, another unique id. */
const madeAgain = newCaller("everything");
const operator = newIdentity("operator");
/** What Step Functions, API Gateway and many CI roles have: the managed policy `AWSLambdaRole`. */
const lambdaRole = newIdentity("aws-lambda-role");
/** A role of the name of a caller, in another path; a session of it reads like the caller's. */
const namesake = newIdentity("everything", { path: "elsewhere/" });

/** Principals of the account whose own policies allow them to invoke functions, of whom the service knows none. */
const insiders = [operator, lambdaRole, namesake];
const identityPolicies: readonly Grant[] = insiders.map(({ roleArn: principal }) => ({
  effect: "allow",
  principal,
  action: principal === operator.roleArn ? "lambda:*" : "lambda:InvokeFunction",
  resource: "*",
}));

/** The policy of the example: the second caller may call, and is granted nothing but another app's token. */
const rights = { app: "sandbox", subjects: ["enterprise"], unrestricted: true };
const policy = {
  version: 1,
  statements: [
    { id: "url", caller: { iam: everything.roleArn }, ...rights },
    { id: "alias", caller: { alias: "everything" }, ...rights },
    { id: "named", caller: { name: "all" }, ...rights, app: "other" },
    { id: "other-url", caller: { iam: nothing.roleArn }, ...rights, app: "other" },
    { id: "other-alias", caller: { alias: "nothing" }, ...rights, app: "other" },
  ],
};

/** The template's permissions to invoke, as the sandbox's IAM reads them. */
function templateGrants(): readonly Grant[] {
  return permissionsOf(deployment, resolverOf(deployment))
    .filter(({ action, principal }) => action.startsWith("lambda:") && principal !== "events.amazonaws.com")
    .map(grantOf);
}

beforeAll(async () => {
  sandbox = await startSandbox({ apps: { other: {} } });
  const arn = (name: string) => sandbox.secretsManager.secrets.get(`box-sts/${name}`)?.arn ?? "";
  deployment = deployWithCode(
    {
      account: ACCOUNT,
      region: REGION,
      apps: ["sandbox", "other"].map((name) => ({ name, secret: arn(name) })),
      callers: [
        { principal: everything.roleArn, name: "all", alias: "everything", url: true },
        { principal: nothing.roleArn, alias: "nothing", url: true },
      ],
    },
    policy,
  );
  // Version 1 is there wherever an alias points to it; token-url has qualifiers only if an administrator makes them.
  hosted = hostTemplate(deployment, sandbox, (name) =>
    name === "token-invoke" ? [...callers.map(({ alias }) => alias), "1"] : ["1", "live"],
  );
  const identities: readonly Identity[] = [...callers, ...insiders];
  // Stored while the first `everything` existed, of which `madeAgain` has name and ARN, and no more.
  const grants = stored([...templateGrants(), ...identityPolicies], identities);
  const front = { region: REGION, identities: [...identities, madeAgain], grants };
  fronts = {
    url: await startFunctionUrl(hosted["token-url"]!, front),
    invokeApi: await startInvokeApi(Object.values(hosted), front),
  };
});
afterAll(async () => {
  await Promise.all([
    fronts.url.close(),
    fronts.invokeApi.close(),
    ...Object.values(hosted).map((one) => one.close()),
  ]);
  await sandbox.close();
});

/** The sandbox, with the deployed functions and the template's IAM instead of its own. */
const deployed = (): Sandbox => ({
  ...sandbox,
  tokenUrl: `${fronts.url.url}/oauth2/token`,
  invokeUrl: fronts.invokeApi.url,
});

test("the sandbox's own grants are the template's", () => {
  const role = newIdentity("function");
  const own = deployedGrants(REGION, { callers, functionRole: role, operator, secretNames: [] });
  const ofCallers = own.filter(({ principal }) => principal !== operator.roleArn);
  const sorted = (grants: readonly Grant[]) =>
    grants.map((grant) => JSON.stringify(Object.entries(grant).toSorted())).toSorted();
  expect(sorted(templateGrants())).toEqual(sorted(ofCallers));
});

test("the sandbox's grants about the table of a shared cache are the template's", () => {
  const { roleArn } = everything;
  const withTable = deploy(
    {
      ...{ account: ACCOUNT, region: REGION, sharedCache: true },
      apps: [{ name: "sandbox", secret: sandbox.secretsManager.secrets.get("box-sts/sandbox")?.arn ?? "" }],
      callers: [{ principal: roleArn, alias: "everything", url: true }],
    },
    { version: 1, statements: policy.statements.slice(0, 2) },
  );
  const ofTemplate = permissionsOf(withTable, resolverOf(withTable));
  const role = newIdentity("function");
  const own = deployedGrants(REGION, {
    callers,
    functionRole: role,
    operator,
    secretNames: [],
    tableName: "table",
  });
  const isOfOperator = ({ principal }: Grant) => principal === operator.roleArn;
  const actions = (grants: readonly { readonly effect: string; readonly action: string }[]) =>
    new Set(
      grants
        .filter(({ action }) => action.startsWith("dynamodb:"))
        .map(({ effect, action }) => `${effect.toLowerCase()} ${action}`),
    );
  expect(actions(own.filter((grant) => !isOfOperator(grant)))).toEqual(actions(ofTemplate));
  expect(actions(ofTemplate).size).toBeGreaterThan(2);
});

describe("asset, handler and environment of the template, run behind the template's IAM:", () => {
  test("token-url gives a caller of its URL a token", async () => {
    const { status, body } = await requestToken(deployed(), everything, { app: "sandbox" });
    expect(body).toMatchObject({ access_token: expect.any(String) });
    expect(status).toBe(200);
  });

  test("token-invoke gives the caller of an alias a token", async () => {
    expect(await invoke(deployed(), everything, { app: "sandbox" })).toMatchObject({
      token: { token_type: "bearer" },
    });
  });

  test("a role that was deleted and made again gets tokens through both kinds of access, without a deployment", async () => {
    expect(madeAgain.roleArn).toBe(everything.roleArn);
    expect(madeAgain.userId).not.toBe(everything.userId);
    expect((await requestToken(deployed(), madeAgain, { app: "sandbox" })).status).toBe(200);
    expect(await invoke(deployed(), madeAgain, { app: "sandbox" })).toHaveProperty("token");
  });

  test("the policy that is shipped with them decides", async () => {
    expect((await requestToken(deployed(), nothing, { app: "sandbox" })).body.code).toBe(
      "unauthorized_client",
    );
    expect((await requestToken(deployed(), nothing, { app: "other" })).status).toBe(200);
    expect(await invoke(deployed(), nothing, { app: "sandbox" })).toMatchObject({
      errorType: "unauthorized_client",
    });
  });

  test("a caller has the name that the deployment gives its role, and no other", async () => {
    expect((await requestToken(deployed(), everything, { app: "other" })).status).toBe(200);
    const audit = hosted["token-url"]!.lines.map((line) => JSON.parse(line)).filter(
      (line) => line.kind === "audit",
    );
    expect(audit.at(-1)).toMatchObject({
      caller: everything.roleArn,
      caller_name: "all",
      statement: "named",
    });
    // Its alias is another name.
    expect(await invoke(deployed(), everything, { app: "other" })).toMatchObject({
      errorType: "unauthorized_client",
    });
  });

  test("health finds every app healthy", async () => {
    const outcome = await hosted.health?.invoke({ source: "aws.events" });
    expect(outcome).toMatchObject({ ok: true });
    expect(JSON.parse(outcome?.ok ? outcome.payload : "{}")).toMatchObject({ healthy: true, apps: [{}, {}] });
  });

  test("health is denied to a caller of the token functions", async () => {
    await expect(invoke(deployed(), everything, {}, { functionName: "health" })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});

/** What Lambda refuses by name, the code of the function's refusal, or `token`. */
async function outcomeOf(attempt: ReturnType<typeof invoke>): Promise<string> {
  const response = await attempt.catch((error: Error) => error);
  if (response instanceof Error) return response.name;
  if ("errorType" in response) return response.errorType;
  const { body } = response.token as { readonly body?: string };
  return body === undefined ? "token" : (JSON.parse(body).code ?? "token");
}

const UNQUALIFIED = "";
const principals: readonly Identity[] = [...callers, ...insiders];

describe("a direct invocation of token-invoke by any principal of the account:", () => {
  const qualifiers = [...callers.map(({ alias }) => alias), UNQUALIFIED, "$LATEST", "1"];
  const attempts = principals.flatMap((principal) =>
    qualifiers.map((qualifier) => ({ principal, qualifier, who: principal.roleArn.split("role/")[1] })),
  );

  test.each(attempts)("$who through '$qualifier'", async ({ principal, qualifier }) => {
    const owner = callers.find(({ alias }) => alias === qualifier);
    const app = qualifier === "nothing" ? "other" : "sandbox";
    const got = await outcomeOf(invoke(deployed(), { ...principal, alias: qualifier }, { app }));
    // $LATEST and versions have no policy: an identity policy leads to the function, which finds no caller.
    const arrives = insiders.includes(principal) && ["$LATEST", "1"].includes(qualifier);
    const refused = arrives ? "unauthorized_client" : "AccessDeniedException";
    expect(got).toBe(owner?.roleArn === principal.roleArn ? "token" : refused);
  });

  test("an AWS session of a namesake's role reads like the caller's, and is denied", () => {
    expect(namesake.sessionArn).toBe(everything.sessionArn);
  });
});

describe("the forged event of docs/deploy.md, sent to token-url by any principal of the account:", () => {
  const [, shown = ""] =
    /^```json forged\n([\s\S]*?)^```$/m.exec(readFileSync(join(ROOT, "docs/deploy.md"), "utf8")) ?? [];
  const forged: object = JSON.parse(
    shown
      .replace("assumed-role/reports/", "assumed-role/everything/")
      .replace('\\"reports\\"', '\\"sandbox\\"'),
  );
  const attempts = principals.flatMap((principal) =>
    [UNQUALIFIED, "$LATEST", "1", "live"].map((qualifier) => ({
      principal,
      qualifier,
      who: principal.roleArn.split("role/")[1],
    })),
  );

  test.each(attempts)("$who through '$qualifier'", async ({ principal, qualifier }) => {
    const caller = { ...principal, alias: qualifier };
    const got = await outcomeOf(invoke(deployed(), caller, forged, { functionName: "token-url" }));
    const arrives = insiders.includes(principal) && qualifier !== UNQUALIFIED;
    expect(got).toBe(arrives ? "unauthorized_client" : "AccessDeniedException");
  });

  test("is refused by token-invoke too, with the words that the page gives", async () => {
    const administrator = { ...operator, alias: "$LATEST" };
    expect(await outcomeOf(invoke(deployed(), administrator, forged))).toBe("invalid_request");
    for (const qualifier of [UNQUALIFIED, "everything"]) {
      await expect(invoke(deployed(), { ...operator, alias: qualifier }, forged)).rejects.toThrow(
        /with an explicit deny in a resource-based policy$/,
      );
    }
  });

  test("would be believed if it came to the unqualified function, which the Deny of its policy prevents", async () => {
    const outcome = await hosted["token-url"]!.invoke(forged);
    expect(JSON.parse(outcome.ok ? outcome.payload : "{}")).toMatchObject({ statusCode: 200 });
  });
});
