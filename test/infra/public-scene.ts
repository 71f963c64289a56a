import { randomBytes, randomUUID } from "node:crypto";
import { type Grant, refusal, stored } from "../../sandbox/aws/iam.ts";
import { ACCOUNT, type Identity, newIdentity } from "../../sandbox/aws/identities.ts";
import { SERVICE_SECRET, TABLE } from "../../sandbox/deployment/shared-cache-names.ts";
import { type DynamoDb, startDynamoDb } from "../../sandbox/dynamodb/server.ts";
import { type EventBridge, startEventBridge } from "../../sandbox/eventbridge/server.ts";
import { type HttpRequest, type HttpResponse, listen } from "../../sandbox/http/server.ts";
import { functionUrlEvent } from "../../sandbox/lambda/function-url-event.ts";
import type { HostedFunction } from "../../sandbox/lambda/hosted-function.ts";
import { startInvokeApi } from "../../sandbox/lambda/invoke-api.ts";
import { type Sandbox, startSandbox } from "../../sandbox/sandbox.ts";
import { type SecretsManager, startSecretsManager } from "../../sandbox/secrets-manager/server.ts";
import { newKeys } from "../support/webhooks.ts";
import { deployWithCode } from "./deployment.ts";
import { FUNCTION_URL, hostTemplate, REGION, resolverOf } from "./hosted-template.ts";
import { type Permission, permissionsOf } from "./permissions.ts";
import { grantOf } from "./template-grants.ts";

/** Names of the template's roles, without CDK's prefix and hash, by their functions. */
const ROLES = {
  "token-invoke": "TokenInvoke",
  health: "Health",
  authorize: "Authorize",
  connections: "Connections",
  webhook: "Webhook",
} as const;
type Name = keyof typeof ROLES;

const BUS = `arn:aws:events:${REGION}:${ACCOUNT}:event-bus/box`;
const TABLE_ARN = `arn:aws:dynamodb:${REGION}:${ACCOUNT}:table/${TABLE}`;
/** Of the actions that the sandbox's servers check. */
const CHECKED = /^(?:lambda|dynamodb|secretsmanager|events):/;

/** The template's functions, each with the credentials and the permissions of its own role, in front of a sandbox's Box. */
export interface PublicScene extends AsyncDisposable {
  /** Its Invoke API and IAM are the template's. */
  readonly sandbox: Sandbox;
  readonly hosted: Readonly<Record<string, HostedFunction>>;
  readonly roles: Readonly<Record<Name, Identity>>;
  /** The alias `nightly` is its own. */
  readonly caller: Identity & { readonly alias: string };
  /** A manager of connections. */
  readonly operator: Identity;
  /** Its own policy allows `lambda:*` and `dynamodb:*` on every resource. */
  readonly administrator: Identity;
  readonly grants: readonly Grant[];
  readonly tableArn: string;
  readonly dynamoDb: DynamoDb;
  readonly eventBridge: EventBridge;
  readonly secretsManager: SecretsManager;
  readonly webhookKeys: ReturnType<typeof newKeys>;
  /** Local addresses of the Function URLs, without a slash at the end. */
  readonly urls: Readonly<Record<"authorize" | "webhook", string>>;
}

/** One app, `drive`: its users connect, and its webhooks go to a bus. */
export async function startPublicScene(): Promise<PublicScene> {
  const sandbox = await startSandbox({ apps: { drive: { authentication: "oauth2" } } });
  const roles = Object.fromEntries(
    Object.keys(ROLES).map((name) => [name, newIdentity(`box-sts-${name}`, { temporary: true })]),
  ) as Record<Name, Identity>;
  const [caller, operator, administrator, anonymous] = [
    ...[{ ...newIdentity("nightly"), alias: "nightly" }, newIdentity("operator")],
    ...[newIdentity("administrator"), newIdentity("anonymous")],
  ] as const as readonly [PublicScene["caller"], Identity, Identity, Identity];
  const identities = [...Object.values(roles), caller, operator, administrator];
  // Filled when the template is known, which names the secrets.
  const grants: Grant[] = [];
  const common = { region: REGION, identities, grants };
  const secretsManager = await startSecretsManager(common);
  const dynamoDb = await startDynamoDb({ ...common, tableName: TABLE });
  const eventBridge = await startEventBridge({ ...common, buses: ["box"] });
  const webhookKeys = newKeys();
  const { drive } = sandbox.oauthApps;
  if (drive === undefined) throw new Error("The sandbox has no app drive.");
  secretsManager.put("box/drive", JSON.stringify({ ...drive.config, webhooks: webhookKeys }));
  secretsManager.put(SERVICE_SECRET, randomBytes(32).toString("hex"));
  drive.box.redirectUris.add(`${FUNCTION_URL}callback`);

  const rights = { app: "drive", subjects: ["user:*"], unrestricted: true };
  const arnOf = (name: string) => secretsManager.secrets.get(name)?.arn ?? "";
  const deployment = deployWithCode(
    {
      ...{ account: ACCOUNT, region: REGION, sharedCache: true },
      apps: [{ name: "drive", secret: arnOf("box/drive") }],
      callers: [{ principal: caller.roleArn, alias: "nightly" }],
      oauth: { apps: ["drive"], managers: [operator.roleArn] },
      webhooks: { drive: { bus: BUS } },
    },
    { version: 1, statements: [{ id: "nightly", caller: { alias: "nightly" }, ...rights }] },
  );
  const literal = (text: string) =>
    Object.entries(ROLES)
      .reduce(
        (known, [name, id]) =>
          known.replaceAll(new RegExp(`<Service${id}Role[0-9A-F]{8}>`, "g"), roles[name as Name].roleArn),
        text,
      )
      .replace(new RegExp(`^${TABLE}$`), TABLE_ARN)
      .replace(new RegExp(`^${SERVICE_SECRET}$`), arnOf(SERVICE_SECRET));
  const permissions = permissionsOf(deployment, resolverOf(deployment))
    .filter(({ action, principal }) => CHECKED.test(action) && principal !== "events.amazonaws.com")
    .map((one) => mapped(one, literal));
  const allowAll = (action: string): Grant => ({
    ...{ effect: "allow", principal: administrator.roleArn, action, resource: "*" },
  });
  grants.push(...stored(permissions.map(grantOf), identities), ...["lambda:*", "dynamodb:*"].map(allowAll));

  const hosted = hostTemplate(deployment, sandbox, (name) => (name === "token-invoke" ? ["nightly"] : []), {
    variables: (name) => ({
      ...credentialsOf(roles[name as Name]),
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
      AWS_ENDPOINT_URL_EVENTBRIDGE: eventBridge.url,
      BOX_STS_ACCOUNT_URL: `${sandbox.box.url}/api/oauth2/authorize`,
    }),
  });
  const invokeApi = await startInvokeApi(Object.values(hosted), common);
  const fronts = await Promise.all(
    (["authorize", "webhook"] as const).map((name) => startFront(hosted[name]!, anonymous, grants)),
  );
  const [authorize = "", webhook = ""] = fronts.map(({ url }) => url);
  return {
    sandbox: { ...sandbox, invokeUrl: invokeApi.url },
    ...{ hosted, roles, caller, operator, administrator, grants, tableArn: TABLE_ARN },
    ...{ dynamoDb, eventBridge, secretsManager, webhookKeys, urls: { authorize, webhook } },
    async [Symbol.asyncDispose]() {
      await Promise.all([...fronts, invokeApi, ...Object.values(hosted)].map((one) => one.close()));
      await Promise.all([secretsManager, dynamoDb, eventBridge, sandbox].map((one) => one.close()));
    },
  };
}

function mapped(permission: Permission, literal: (text: string) => string): Permission {
  const { principal, resource, condition, attachedTo } = permission;
  return {
    ...permission,
    ...{ principal: literal(principal), resource: literal(resource), condition: literal(condition) },
    ...(attachedTo === undefined ? {} : { attachedTo: literal(attachedTo) }),
  };
}

function credentialsOf({ accessKeyId, secretAccessKey, sessionToken = "" }: Identity) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

/** A Function URL with the type NONE: IAM decides about a principal without a policy of its own. */
function startFront(target: HostedFunction, anonymous: Identity, grants: readonly Grant[]) {
  return listen(async (request: HttpRequest): Promise<HttpResponse> => {
    const attempt = { identity: anonymous, resource: target.arn, viaFunctionUrl: true };
    for (const action of ["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]) {
      if (refusal(grants, { ...attempt, action }) !== undefined) return { status: 403, body: "Forbidden" };
    }
    const requestId = randomUUID();
    const event = functionUrlEvent(request, undefined, REGION, requestId, Date.now());
    const outcome = await target.invoke(event, { requestId });
    if (!outcome.ok) return { status: 502, body: "Internal Server Error" };
    const { statusCode, headers, cookies = [], body = "" } = JSON.parse(outcome.payload);
    return { status: statusCode, headers: { ...headers, "set-cookie": cookies }, body };
  });
}
