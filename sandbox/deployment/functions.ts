import { access } from "node:fs/promises";
import { join } from "node:path";
import type { Identity } from "../aws/identities.ts";
import type { FrontOptions } from "../lambda/front.ts";
import { startFunctionUrl } from "../lambda/function-url.ts";
import { type FunctionSettings, type HostedFunction, hostFunction } from "../lambda/hosted-function.ts";
import { startInvokeApi } from "../lambda/invoke-api.ts";
import { FUNCTIONS } from "../process/paths.ts";
import { type Caller, principalsByName } from "../sample/callers.ts";
import { secretNameOf } from "../sample/configured-app.ts";
import { appNamesOf, REGION } from "../sample/people.ts";
import type { Closing, SandboxOptions } from "../sandbox-options.ts";
import { type SharedCache, sharedCacheVariables } from "./shared-cache.ts";
import type { Upstream } from "./upstream.ts";

/** The functions as they are deployed. */
export interface Functions {
  readonly tokenUrl: HostedFunction;
  readonly tokenInvoke: HostedFunction;
  readonly health: HostedFunction;
  /** Where there is an OAuth app and a table. */
  readonly authorize?: HostedFunction;
  readonly connections?: HostedFunction;
}

const ALWAYS = ["token-url", "token-invoke", "health"];
const FOR_OAUTH = ["authorize", "connections"];

/** @throws if a bundle is missing */
export async function requireBundles(folder = FUNCTIONS, hasOAuth = false): Promise<void> {
  for (const name of hasOAuth ? [...ALWAYS, ...FOR_OAUTH] : ALWAYS) {
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
    ...roleVariables(role),
    // Lambda has no AWS config files; without this the SDK would read the laptop's.
    HOME: folder,
  };
}

/** The credentials that Lambda gives a function. */
const roleVariables = ({ accessKeyId, secretAccessKey, sessionToken = "" }: Identity) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  AWS_SESSION_TOKEN: sessionToken,
});

/** The app names of the users who connect, and Box's consent page. */
export interface OAuthDeployment {
  readonly oauthApps: readonly string[];
  readonly accountUrl: string;
  readonly connectionsRole: Identity;
}

/** Hosts the built functions with the variables `common` and those of their own. */
export function startFunctions(
  { bundles = FUNCTIONS, env, timeoutMs, scaling, onLine }: SandboxOptions,
  common: Readonly<Record<string, string>>,
  callers: readonly Caller[],
  { oauthApps, accountUrl, connectionsRole }: OAuthDeployment,
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
  const oauthSecrets = JSON.stringify(
    Object.fromEntries(oauthApps.map((name) => [name, secretNameOf(name)])),
  );
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
    ...(oauthApps.length === 0 || common.BOX_STS_TABLE === undefined
      ? {}
      : {
          authorize: host("authorize", { BOX_STS_APPS: oauthSecrets, BOX_STS_ACCOUNT_URL: accountUrl }),
          connections: host("connections", { BOX_STS_APPS: oauthSecrets, ...roleVariables(connectionsRole) }),
        }),
  };
}

/** Where the functions are reached. */
export interface Fronts {
  /** The token function's URL with its path. */
  readonly tokenUrl: string;
  /** Base URL of Lambda's Invoke API. */
  readonly invokeUrl: string;
  /** The public Function URL of the authorize function, without a path; absent where that is. */
  readonly authorizeUrl?: string;
}

/** Starts the Function URLs and the Invoke API in front of the functions. */
export async function startFronts(
  functions: Functions,
  options: Omit<FrontOptions, "port">,
  ports: SandboxOptions["ports"],
  closing: Closing,
): Promise<Fronts> {
  const { tokenUrl, authorize, connections } = functions;
  const url = closing(await startFunctionUrl(tokenUrl, { ...options, port: ports?.tokenUrl }));
  const invokeApi = closing(
    await startInvokeApi(Object.values(functions), { ...options, port: ports?.invokeApi }),
  );
  const fronts = { tokenUrl: `${url.url}/oauth2/token`, invokeUrl: invokeApi.url };
  if (authorize === undefined) return fronts;
  const functionUrl = closing(
    await startFunctionUrl(authorize, { ...options, port: ports?.authorize }, "NONE"),
  );
  // Its own address, which on Lambda a request brings along.
  await authorize.restart({ BOX_STS_PUBLIC_URL: functionUrl.url });
  await connections?.restart({ BOX_STS_AUTHORIZE_URL: functionUrl.url });
  return { ...fronts, authorizeUrl: functionUrl.url };
}
