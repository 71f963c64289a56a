import { join } from "node:path";
import { expect } from "vitest";
import { type Grant, stored } from "../../../sandbox/aws/iam.ts";
import type { Identity } from "../../../sandbox/aws/identities.ts";
import { startFunctionUrl } from "../../../sandbox/lambda/function-url.ts";
import { hostFunction } from "../../../sandbox/lambda/hosted-function.ts";
import { startInvokeApi } from "../../../sandbox/lambda/invoke-api.ts";
import type { Sandbox } from "../../../sandbox/sandbox.ts";
import type { TemplateResource } from "../deployment.ts";
import type { Permission } from "../permissions.ts";
import { ROOT } from "../synth.ts";

type TokenFunction = "token-url" | "token-invoke";

interface Hosting {
  readonly sandbox: Sandbox;
  /** With nothing left to evaluate. */
  readonly functions: Readonly<Record<TokenFunction, TemplateResource>>;
  readonly aliases: readonly string[];
  /** Of the template, with the sandbox's ARNs of the functions and aliases. */
  readonly permissions: readonly Permission[];
  readonly callers: readonly Identity[];
  /** May do everything with Lambda by its own policy. */
  readonly administrator: Identity;
  /** Path of the policy document that is shipped with the functions. */
  readonly policy: string;
}

export interface HostedTemplate {
  /** The sandbox, with the template's functions and permissions instead of its own. */
  readonly sandbox: Sandbox;
  readonly close: () => Promise<unknown>;
}

/** The built functions with the handler and environment of a template, behind what it permits and denies. */
export async function hostTemplate(hosting: Hosting): Promise<HostedTemplate> {
  const { sandbox, functions, permissions, callers, administrator } = hosting;
  const { region } = sandbox;
  const hosted = {
    "token-url": host(hosting, "token-url", functions["token-url"]),
    "token-invoke": host(hosting, "token-invoke", functions["token-invoke"]),
  };
  const identities = [...callers, administrator];
  const everything: Grant = {
    effect: "allow",
    principal: administrator.roleArn,
    action: "lambda:*",
    resource: "*",
  };
  const grants = stored([...permissions.filter(isInvocation).map(grantOf), everything], identities);
  const front = { region, identities, grants };
  const url = await startFunctionUrl(hosted["token-url"], front);
  const invokeApi = await startInvokeApi(Object.values(hosted), front);
  const all = [url, invokeApi, ...Object.values(hosted)];
  return {
    sandbox: { ...sandbox, tokenUrl: `${url.url}/oauth2/token`, invokeUrl: invokeApi.url },
    close: () => Promise.all(all.map((one) => one.close())),
  };
}

function host({ sandbox, policy, aliases }: Hosting, name: TokenFunction, { Properties }: TemplateResource) {
  const { Variables } = Properties.Environment as { Variables: Readonly<Record<string, string>> };
  const { BOX_STS_APPS: _, BOX_STS_POLICY: __, ...lambdaAndNetwork } = sandbox.environment;
  const [file, exported] = String(Properties.Handler).split(".");
  expect(exported).toBe("handler");
  expect(Variables.BOX_STS_POLICY).toBe("/var/task/policy.json");
  return hostFunction({
    name,
    entry: join(ROOT, "dist/functions", name, `${file}.mjs`),
    region: sandbox.region,
    aliases: name === "token-invoke" ? aliases : [],
    env: { ...lambdaAndNetwork, ...Variables, BOX_STS_POLICY: policy },
  });
}

const isInvocation = ({ action }: Permission) => action.startsWith("lambda:");

/** What each condition means to the sandbox's IAM; one without a row fails. */
const CONDITIONS: Readonly<Record<string, (values: readonly string[]) => Partial<Grant>>> = {
  "Bool lambda:InvokedViaFunctionUrl": ([value]) => ({ viaFunctionUrl: value === "true" }),
  "BoolIfExists lambda:InvokedViaFunctionUrl": ([value]) => ({ viaFunctionUrl: value === "true" }),
  "ArnNotEquals aws:PrincipalArn": ([unlessPrincipal = ""]) => ({ unlessPrincipal }),
  "ArnEquals aws:PrincipalArn": (onlyPrincipals) => ({ onlyPrincipals }),
  "StringEquals aws:PrincipalAccount": (onlyAccounts) => ({ onlyAccounts }),
  "StringEquals lambda:FunctionUrlAuthType": () => ({}),
};

function grantOf({ effect, principal, action, resource, condition, attachedTo }: Permission): Grant {
  const conditions = condition === "always" ? [] : condition.split(" and ");
  return Object.assign(
    { effect: effect === "Allow" ? "allow" : "deny", principal, action, resource } as const,
    attachedTo === undefined ? {} : { attachedTo },
    ...conditions.map((one) => {
      const [operator, key, values = ""] = one.split(" ");
      return CONDITIONS[`${operator} ${key}`]?.(values.split(",")) ?? expect.fail(`${one} has no row`);
    }),
  );
}
