import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Grant } from "../../sandbox/aws/iam.ts";
import { ACCOUNT, newIdentity } from "../../sandbox/aws/identities.ts";
import type { HostedFunction } from "../../sandbox/lambda/hosted-function.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type SecretsManager, startSecretsManager } from "../../sandbox/secrets-manager/server.ts";
import { type Deployment, deployWithCode } from "./deployment.ts";
import { hostTemplate, resolverOf } from "./hosted-template.ts";
import { permissionsOf } from "./permissions.ts";
import { grantOf } from "./template-grants.ts";

/** The sections "In more regions" and "Regions" of docs/deploy.md, as a deployment in two of them. */
const REGIONS = ["us-east-1", "eu-central-1"] as const;
const SECRET = "box/reports";
const CALLER = `arn:aws:iam::${ACCOUNT}:role/reports`;
const POLICY = {
  version: 1,
  statements: [
    { id: "all", caller: { alias: "reports" }, app: "reports", subjects: ["enterprise"], unrestricted: true },
  ],
};

/** A deployment in one region: its functions, and the Secrets Manager that they read. */
interface Region {
  readonly secretsManager: SecretsManager;
  readonly tokenInvoke: HostedFunction;
}

let sandbox: Sandbox;
let regions: readonly Region[];

/** What the template permits the roles of its functions, for the one role that all have here. */
function grantsOfRoles(deployment: Deployment, role: string): readonly Grant[] {
  return permissionsOf(deployment, resolverOf(deployment))
    .filter(({ action, principal }) => action.startsWith("secretsmanager:") && principal.startsWith("<"))
    .map((permission) => ({ ...grantOf(permission), principal: role }));
}

async function deployIn(name: string, config: string): Promise<Region> {
  const role = newIdentity("box-sts-function", { temporary: true });
  const grants: Grant[] = [];
  const secretsManager = await startSecretsManager({ region: name, identities: [role], grants });
  secretsManager.put(SECRET, config);
  const deployment = deployWithCode(
    {
      ...{ account: ACCOUNT, region: name },
      apps: [{ name: "reports", secret: secretsManager.secrets.get(SECRET)?.arn ?? "" }],
      callers: [{ principal: CALLER, alias: "reports" }],
    },
    POLICY,
  );
  grants.push(...grantsOfRoles(deployment, role.roleArn));
  const hosted = hostTemplate(deployment, sandbox, () => ["reports"], {
    region: name,
    variables: () => ({
      AWS_REGION: name,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ACCESS_KEY_ID: role.accessKeyId,
      AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
      AWS_SESSION_TOKEN: role.sessionToken ?? "",
    }),
  });
  return { secretsManager, tokenInvoke: hosted["token-invoke"]! };
}

beforeAll(async () => {
  sandbox = await startSandbox({ apps: { reports: {} } });
  const config = JSON.stringify(sandbox.apps.reports?.config);
  regions = await Promise.all(REGIONS.map((name) => deployIn(name, config)));
});
afterAll(async () => {
  await Promise.all(
    regions.flatMap(({ tokenInvoke, secretsManager }) => [tokenInvoke.close(), secretsManager.close()]),
  );
  await sandbox.close();
});

async function requestIn({ tokenInvoke }: Region, parameters: object = {}) {
  const outcome = await tokenInvoke.invoke(parameters, { qualifier: "reports" });
  return outcome.ok ? JSON.parse(outcome.payload) : outcome;
}

describe("one secret that is replicated into two regions, each with a deployment of its own", () => {
  test("gives tokens in both, of which neither has the other's", async () => {
    const [one, other] = [await requestIn(regions[0]!), await requestIn(regions[1]!)];
    for (const { access_token } of [one, other]) expect(sandbox.box.tokens.find(access_token)).toBeDefined();
    expect(one.access_token).not.toBe(other.access_token);
    for (const { secretsManager } of regions) expect(secretsManager.requests.count("GetSecretValue")).toBe(1);
  });

  test("is read in its own region alone, with the permissions of that region's template", async () => {
    const [first, second] = regions as [Region, Region];
    first.secretsManager.faults.inject("away");
    await Promise.all(regions.map(({ tokenInvoke }) => tokenInvoke.restart()));
    expect(await requestIn(second)).toHaveProperty("access_token");
    expect(await requestIn(first)).not.toHaveProperty("access_token");
    first.secretsManager.faults.clear();
  });

  test("serves a new config in the other region as soon as it is replicated", async () => {
    const [, second] = regions as [Region, Region];
    await sandbox.rotateKey("reports");
    await second.tokenInvoke.restart();
    // Box has the new key alone, and the replica still has the old one.
    expect(await requestIn(second)).toMatchObject({ ok: false });
    for (const { secretsManager } of regions)
      secretsManager.put(SECRET, JSON.stringify(sandbox.apps.reports?.config));
    await second.tokenInvoke.restart();
    const { access_token } = await requestIn(second);
    expect(sandbox.box.tokens.find(access_token)).toBeDefined();
  });
});
