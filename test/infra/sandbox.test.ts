import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Grant } from "../../sandbox/aws/iam.ts";
import { ACCOUNT, type Identity, newIdentity } from "../../sandbox/aws/identities.ts";
import { newCaller } from "../../sandbox/callers.ts";
import { deployedGrants } from "../../sandbox/grants.ts";
import { startFunctionUrl } from "../../sandbox/lambda/function-url.ts";
import { type HostedFunction, hostFunction } from "../../sandbox/lambda/hosted-function.ts";
import { startInvokeApi } from "../../sandbox/lambda/invoke-api.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import type { Listener } from "../../sandbox/server.ts";
import { askUrl, invoke } from "../support/token-client.ts";
import { type Deployment, deploy, ofType } from "./deployment.ts";
import { permissionsOf } from "./permissions.ts";

const REGION = "us-east-1";
const LAMBDA = `arn:aws:lambda:${REGION}:${ACCOUNT}:function`;
const NAMES: Readonly<Record<string, string>> = {
  TokenUrl: "token-url",
  TokenInvoke: "token-invoke",
  Health: "health",
};

let sandbox: Sandbox;
let deployment: Deployment;
let hosted: Readonly<Record<string, HostedFunction>>;
let fronts: { readonly url: Listener; readonly invokeApi: Listener };
const callers = ["everything", "nothing"].map(newCaller);
const [everything, nothing] = callers as [ReturnType<typeof newCaller>, ReturnType<typeof newCaller>];
const operator = newIdentity("operator");

/** The policy of the example: the second caller may call, and is granted nothing but another app's token. */
const rights = { app: "sandbox", subjects: ["enterprise"], unrestricted: true };
const policy = {
  version: 1,
  statements: [
    { id: "url", caller: { iam: everything.roleArn }, ...rights },
    { id: "alias", caller: { alias: "everything" }, ...rights },
    { id: "other-url", caller: { iam: nothing.roleArn }, ...rights, app: "other" },
    { id: "other-alias", caller: { alias: "nothing" }, ...rights, app: "other" },
  ],
};

/** The template's values as they are once deployed, with the sandbox's names for its functions. */
function resolved(value: unknown): string {
  if (typeof value === "string") return value;
  const [[intrinsic, argument]] = Object.entries(value as object) as [[string, unknown]];
  if (intrinsic === "Fn::Join") return (argument as [string, unknown[]])[1].map(resolved).join("");
  const id = String([argument].flat()[0]);
  const { Type, Properties } = deployment.resources[id] ?? { Type: "none", Properties: {} };
  if (Type === "AWS::Lambda::Function") return `${LAMBDA}:${nameOf(id)}`;
  if (Type === "AWS::Lambda::Alias") return `${LAMBDA}:token-invoke:${Properties.Name}`;
  return `<${id}>`;
}

function nameOf(logicalId: string): string {
  const kind = Object.keys(NAMES).find((name) => new RegExp(`^Service${name}[0-9A-F]{8}$`).test(logicalId));
  return NAMES[kind ?? ""] ?? logicalId;
}

/** What the template says about who may invoke what, as the sandbox's IAM reads it. */
function templateGrants(): readonly Grant[] {
  return permissionsOf(deployment, resolved)
    .filter(({ action, principal }) => action.startsWith("lambda:") && principal !== "events.amazonaws.com")
    .map(({ effect, principal, action, resource, condition }) => {
      const viaUrl = /lambda:InvokedViaFunctionUrl (true|false)/.exec(condition)?.[1];
      return {
        effect: effect === "Allow" ? "allow" : "deny",
        principal,
        action,
        resource,
        ...(viaUrl === undefined ? {} : { viaFunctionUrl: viaUrl === "true" }),
      };
    });
}

beforeAll(async () => {
  sandbox = await startSandbox({ apps: { other: {} } });
  const arn = (name: string) => sandbox.secretsManager.secrets.get(`box-sts/${name}`)?.arn ?? "";
  deployment = deploy(
    {
      account: ACCOUNT,
      region: REGION,
      apps: ["sandbox", "other"].map((name) => ({ name, secret: arn(name) })),
      callers: callers.map(({ roleArn: principal, alias }) => ({ principal, alias, url: true })),
    },
    policy,
  );
  hosted = Object.fromEntries(
    ofType(deployment, "AWS::Lambda::Function").map(([id, { Properties }]) => {
      const asset = join(deployment.folder, assetOf(Properties));
      return [nameOf(id), run(nameOf(id), asset, Properties)];
    }),
  );
  const identities: readonly Identity[] = [...callers, operator];
  const root = {
    effect: "allow",
    principal: operator.roleArn,
    action: "lambda:*",
    resource: `${LAMBDA}:*`,
  } as const;
  const front = { region: REGION, identities, grants: [...templateGrants(), root] };
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

/** The folder that the deployment zips and uploads under the key that the template names. */
function assetOf({ Code }: Readonly<Record<string, unknown>>): string {
  const hash = (Code as { readonly S3Key: string }).S3Key.replace(".zip", "");
  return `asset.${hash}`;
}

/** A function as Lambda runs it: the asset at /var/task, the handler string, the environment. */
function run(
  name: string,
  asset: string,
  { Handler, Environment }: Readonly<Record<string, unknown>>,
): HostedFunction {
  const { Variables } = Environment as { Variables: Readonly<Record<string, unknown>> };
  const env = Object.fromEntries(
    Object.entries(Variables).map(([key, value]) => [key, resolved(value).replace("/var/task", asset)]),
  );
  const { BOX_STS_APPS: _apps, BOX_STS_POLICY: _policy, ...lambdaAndNetwork } = sandbox.environment;
  const [file, exported] = String(Handler).split(".");
  expect(exported).toBe("handler");
  return hostFunction({
    name,
    entry: join(asset, `${file}.mjs`),
    region: REGION,
    aliases: name === "token-invoke" ? callers.map(({ alias }) => alias) : [],
    env: { ...lambdaAndNetwork, ...env },
  });
}

/** The sandbox, with the deployed functions and the template's IAM in the place of its own. */
const deployed = (): Sandbox => ({
  ...sandbox,
  tokenUrl: `${fronts.url.url}/oauth2/token`,
  invokeUrl: fronts.invokeApi.url,
});

test("the sandbox's own grants are the template's", () => {
  const role = newIdentity("function");
  const own = deployedGrants(REGION, callers, role, operator, []);
  const ofCallers = own.filter(({ principal }) => principal !== operator.roleArn);
  const sorted = (grants: readonly Grant[]) =>
    grants.map((grant) => JSON.stringify(Object.entries(grant).toSorted())).toSorted();
  expect(sorted(templateGrants())).toEqual(sorted(ofCallers));
});

describe("asset, handler and environment of the template, run behind the template's IAM:", () => {
  test("token-url gives a caller of its URL a token", async () => {
    const { status, body } = await askUrl(deployed(), everything, { app: "sandbox" });
    expect(body).toMatchObject({ access_token: expect.any(String) });
    expect(status).toBe(200);
  });

  test("token-invoke gives the caller of an alias a token", async () => {
    expect(await invoke(deployed(), everything, { app: "sandbox" })).toMatchObject({
      token: { token_type: "bearer" },
    });
  });

  test("the policy that is shipped with them decides", async () => {
    expect((await askUrl(deployed(), nothing, { app: "sandbox" })).body.code).toBe("unauthorized_client");
    expect((await askUrl(deployed(), nothing, { app: "other" })).status).toBe(200);
    expect(await invoke(deployed(), nothing, { app: "sandbox" })).toMatchObject({
      errorType: "unauthorized_client",
    });
  });

  test("health finds every app healthy", async () => {
    const outcome = await hosted.health?.invoke({ source: "aws.events" });
    expect(outcome).toMatchObject({ ok: true });
    expect(JSON.parse(outcome?.ok ? outcome.payload : "{}")).toMatchObject({ healthy: true, apps: [{}, {}] });
  });

  test("nobody invokes token-url directly, by any name of it, not even who may do everything", async () => {
    const administrator = { ...operator, alias: "everything" };
    for (const caller of [everything, administrator]) {
      for (const qualifier of ["$LATEST", "1", "everything"]) {
        const direct = invoke(deployed(), caller, {}, { functionName: "token-url", qualifier });
        await expect(direct).rejects.toMatchObject({ name: "AccessDeniedException" });
      }
    }
  });

  test("nobody invokes another caller's alias, a version or the function without one", async () => {
    for (const qualifier of ["everything", "$LATEST", "1"]) {
      await expect(invoke(deployed(), nothing, {}, { qualifier })).rejects.toMatchObject({
        name: "AccessDeniedException",
      });
    }
    await expect(invoke(deployed(), everything, {}, { functionName: "health" })).rejects.toMatchObject({
      name: "AccessDeniedException",
    });
  });
});
