import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Identity } from "./aws/identities.ts";
import { type Caller, principalsByName } from "./callers.ts";
import { secretNameOf } from "./configured-app.ts";
import type { FrontOptions } from "./lambda/front.ts";
import { startFunctionUrl } from "./lambda/function-url.ts";
import { type FunctionSettings, type HostedFunction, hostFunction } from "./lambda/hosted-function.ts";
import { startInvokeApi } from "./lambda/invoke-api.ts";
import { appNamesOf, REGION } from "./people.ts";
import type { Closing, SandboxOptions } from "./sandbox-options.ts";
import { type SharedCache, sharedCacheVariables } from "./shared-cache.ts";
import type { Upstream } from "./upstream.ts";

/** The functions as they are deployed. */
export interface Functions {
  readonly tokenUrl: HostedFunction;
  readonly tokenInvoke: HostedFunction;
  readonly health: HostedFunction;
}

const BUNDLES = fileURLToPath(new URL("../dist/functions/", import.meta.url));

/** @throws if a bundle is missing */
export async function demandBundles(folder = BUNDLES): Promise<void> {
  for (const name of ["token-url", "token-invoke", "health"]) {
    const path = join(folder, name, "index.mjs");
    await access(path).catch(() => {
      throw new Error(`The built function ${path} is missing. Run npm run build.`);
    });
  }
}

/** What Lambda and the operator set for every function. */
export function functionVariables(
  options: SandboxOptions,
  {
    box,
    secretsManager,
    shared,
  }: Pick<Upstream, "box" | "secretsManager"> & {
    readonly shared: SharedCache | undefined;
  },
  role: Identity,
  { folder, policyPath }: { readonly folder: string; readonly policyPath: string },
): Readonly<Record<string, string>> {
  const secrets = appNamesOf(options).map((name) => [name, secretNameOf(name)]);
  return {
    BOX_STS_APPS: JSON.stringify(Object.fromEntries(secrets)),
    BOX_STS_POLICY: policyPath,
    ...(options.realConfig === undefined ? { BOX_API_URL: box.url } : {}),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    ...sharedCacheVariables(shared),
    AWS_ACCESS_KEY_ID: role.accessKeyId,
    AWS_SECRET_ACCESS_KEY: role.secretAccessKey,
    AWS_SESSION_TOKEN: role.sessionToken ?? "",
    // Lambda has no AWS config files; without this the SDK would read the laptop's.
    HOME: folder,
  };
}

/** Hosts the built functions with the variables `common` and those of their own. */
export function startFunctions(
  { bundles = BUNDLES, env, timeoutMs, scaling, onLine }: SandboxOptions,
  common: Readonly<Record<string, string>>,
  callers: readonly Caller[],
): Functions {
  const host = (
    name: string,
    own: Readonly<Record<string, string>>,
    others: Pick<FunctionSettings, "aliases" | "asynchronous"> = {},
  ) =>
    hostFunction({
      name,
      ...others,
      entry: join(bundles, name, "index.mjs"),
      region: REGION,
      env: { ...common, ...own, ...env },
      timeoutMs,
      scaling,
      onLine: (line) => onLine?.(name, line),
    });
  return {
    tokenUrl: host("token-url", {
      BOX_STS_CALLER: "function-url",
      BOX_STS_CALLERS: JSON.stringify(principalsByName(callers)),
    }),
    tokenInvoke: host(
      "token-invoke",
      { BOX_STS_CALLER: "alias" },
      // As deployed: an event that failed is not run again, because no caller would get its token.
      { aliases: callers.map(({ alias }) => alias), asynchronous: { maximumRetryAttempts: 0 } },
    ),
    health: host("health", {}),
  };
}

/** Starts the Function URL and the Invoke API in front of the functions. */
export async function startFronts(
  { tokenUrl, tokenInvoke, health }: Functions,
  options: Omit<FrontOptions, "port">,
  ports: SandboxOptions["ports"],
  closing: Closing,
): Promise<{ readonly tokenUrl: string; readonly invokeUrl: string }> {
  const url = closing(await startFunctionUrl(tokenUrl, { ...options, port: ports?.tokenUrl }));
  const invokable = [tokenUrl, tokenInvoke, health];
  const invokeApi = closing(await startInvokeApi(invokable, { ...options, port: ports?.invokeApi }));
  return { tokenUrl: `${url.url}/oauth2/token`, invokeUrl: invokeApi.url };
}
