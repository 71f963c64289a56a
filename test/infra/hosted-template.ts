import { join } from "node:path";
import { expect } from "vitest";
import { ACCOUNT } from "../../sandbox/aws/identities.ts";
import { SERVICE_SECRET, TABLE } from "../../sandbox/deployment/shared-cache-names.ts";
import { type HostedFunction, hostFunction } from "../../sandbox/lambda/hosted-function.ts";
import type { Sandbox } from "../../sandbox/sandbox.ts";
import { type Deployment, ofType } from "./deployment.ts";

export const REGION = "us-east-1";
const LAMBDA = `arn:aws:lambda:${REGION}:${ACCOUNT}:function`;
/** As the event of every Function URL of the sandbox has it. */
export const FUNCTION_URL = `https://sandboxsandboxsandboxsandboxsand.lambda-url.${REGION}.on.aws/`;
const NAMES: Readonly<Record<string, string>> = {
  TokenUrl: "token-url",
  TokenInvoke: "token-invoke",
  Health: "health",
  Authorize: "authorize",
  Connections: "connections",
  Webhook: "webhook",
};

/** What the sandbox sets for its own functions, and the template alone decides for these. */
const OF_THE_TEMPLATE = ["BOX_STS_APPS", "BOX_STS_POLICY", "BOX_STS_TABLE", "BOX_STS_SERVICE_SECRET"];

/** The template's values as they are once deployed, with the sandbox's names for its functions and its shared cache. */
export function resolverOf({ resources }: Deployment): (value: unknown) => string {
  return function resolved(value: unknown): string {
    if (typeof value === "string") return value;
    const [[intrinsic, argument]] = Object.entries(value as object) as [[string, unknown]];
    if (intrinsic === "Fn::Join") return (argument as [string, unknown[]])[1].map(resolved).join("");
    const id = String([argument].flat()[0]);
    const { Type, Properties } = resources[id] ?? { Type: "none", Properties: {} };
    if (Type === "AWS::Lambda::Function") return `${LAMBDA}:${nameOf(id)}`;
    if (Type === "AWS::Lambda::Alias") return `${LAMBDA}:token-invoke:${Properties.Name}`;
    if (Type === "AWS::DynamoDB::Table") return TABLE;
    if (Type === "AWS::Lambda::Url") return FUNCTION_URL;
    if (Type === "AWS::SecretsManager::Secret" && "GenerateSecretString" in Properties) return SERVICE_SECRET;
    return `<${id}>`;
  };
}

/** The sandbox's name of a function of the template. */
function nameOf(logicalId: string): string {
  const kind = Object.keys(NAMES).find((name) => new RegExp(`^Service${name}[0-9A-F]{8}$`).test(logicalId));
  return NAMES[kind ?? ""] ?? logicalId;
}

interface Settings
  extends Partial<Pick<Parameters<typeof hostFunction>[0], "region" | "scaling" | "onLine">> {
  /** Of one function, by its name; they win over the sandbox's and the template's. */
  readonly variables?: (name: string) => Readonly<Record<string, string>>;
}

/**
 * The template's functions as Lambda runs them: the asset at /var/task, the handler string, the environment.
 * @param aliases of each function, by its name
 */
export function hostTemplate(
  deployment: Deployment,
  sandbox: Sandbox,
  aliases: (name: string) => readonly string[],
  { variables = () => ({}), ...settings }: Settings = {},
): Readonly<Record<string, HostedFunction>> {
  const resolved = resolverOf(deployment);
  return Object.fromEntries(
    ofType(deployment, "AWS::Lambda::Function").map(([id, { Properties }]) => {
      const asset = join(deployment.folder, assetOf(Properties));
      const { Variables } = Properties.Environment as { Variables: Readonly<Record<string, unknown>> };
      const env = Object.fromEntries(
        Object.entries(Variables).map(([key, value]) => [key, resolved(value).replace("/var/task", asset)]),
      );
      const lambdaAndNetwork = Object.fromEntries(
        Object.entries(sandbox.environment).filter(([key]) => !OF_THE_TEMPLATE.includes(key)),
      );
      const [file, exported] = String(Properties.Handler).split(".");
      expect(exported).toBe("handler");
      const name = nameOf(id);
      const common = { name, entry: join(asset, `${file}.mjs`), region: REGION };
      const hosted = hostFunction({
        ...{
          ...common,
          ...settings,
          aliases: aliases(name),
          env: { ...lambdaAndNetwork, ...env, ...variables(name) },
        },
      });
      return [name, hosted];
    }),
  );
}

/** The folder that the deployment zips and uploads under the key that the template names. */
function assetOf({ Code }: Readonly<Record<string, unknown>>): string {
  const hash = (Code as { readonly S3Key: string }).S3Key.replace(".zip", "");
  return `asset.${hash}`;
}
