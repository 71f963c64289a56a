import { join } from "node:path";
import { type AppTokenConfig, type OAuthConfig, writeConfig, writePrivately } from "./apps/app.ts";
import type { Identity } from "./aws/identities.ts";
import type { Sample } from "./box/sample.ts";
import type { Box } from "./box/server.ts";
import { callerConsole } from "./console/try-it.ts";
import {
  type Fronts,
  type Functions,
  functionVariables,
  requireBundles,
  startFronts,
  startFunctions,
} from "./deployment/functions.ts";
import { type SharedCache, startSharedCache } from "./deployment/shared-cache.ts";
import { startUpstream } from "./deployment/upstream.ts";
import type { DynamoDb } from "./dynamodb/server.ts";
import { type Faults, faultsOf } from "./faults/faults.ts";
import type { LambdaFault } from "./lambda/front-faults.ts";
import type { HostedFunction } from "./lambda/hosted-function.ts";
import { closerStack } from "./process/closer-stack.ts";
import { newRunFolder, removeRunFolder } from "./process/run-folder.ts";
import type { Caller } from "./sample/callers.ts";
import { type ConfiguredApp, rotateKey, storeConfig } from "./sample/configured-app.ts";
import { appNamesOf, hasOAuthApp, peopleOf, REGION } from "./sample/people.ts";
import { samplePolicy } from "./sample/policy.ts";
import type { Closing, SandboxOptions } from "./sandbox-options.ts";
import type { SecretsManager } from "./secrets-manager/server.ts";

export interface Sandbox extends Fronts {
  readonly region: string;
  /** The generated config file; absent where a real one is served. */
  readonly configPath: string | undefined;
  readonly box: Box;
  /** Certificate (PEM) of the authority behind `box.tlsUrl`: for `NODE_EXTRA_CA_CERTS` and its like. */
  readonly caPath: string;
  /** By the server that they affect; `box.faults` and `secretsManager.faults` are the same ones. */
  readonly faults: {
    readonly box: Box["faults"];
    readonly "secrets-manager": SecretsManager["faults"];
    /** Affect nothing where there is no shared cache. */
    readonly dynamodb: DynamoDb["faults"];
    readonly lambda: Faults<LambdaFault>;
  };
  readonly secretsManager: SecretsManager;
  /** Absent unless the options have it. */
  readonly sharedCache: SharedCache | undefined;
  /** Users, folders and files at Box. */
  readonly sample: Sample;
  /** JWT and Client Credentials apps by name; `apps.sandbox` is there unless a policy or a real config is served. */
  readonly apps: Readonly<Record<string, ConfiguredApp>>;
  /** OAuth apps by name. Their redirect URIs may be added when they are known: `oauthApps.drive.box.redirectUris`. */
  readonly oauthApps: Readonly<Record<string, ConfiguredApp<OAuthConfig>>>;
  /** Apps with App Tokens by name. */
  readonly appTokenApps: Readonly<Record<string, ConfiguredApp<AppTokenConfig>>>;
  /** By name; the sample policy's, or the given policy's. */
  readonly callers: Readonly<Record<string, Caller>>;
  /** The deployer: may do everything that no statement denies. */
  readonly operator: Identity;
  readonly functions: Functions;
  /** What Lambda and the operator set for every function: secrets, endpoints, the role's credentials. */
  readonly environment: Readonly<Record<string, string>>;
  /** Lines that both token functions have written, oldest first per function. */
  functionLines(): readonly string[];
  /** Ends all environments; the next calls are cold starts. */
  coldStart(env?: Readonly<Record<string, string>>): Promise<void>;
  /** All environments were frozen for so long; Box and Secrets Manager were not. */
  freeze(milliseconds: number): void;
  /** Deploys another policy: writes it and restarts both functions. */
  deployPolicy(policy: unknown): Promise<void>;
  /** New key at Box, new current version of the secret. */
  rotateKey(app?: string, options?: { keepOld?: boolean }): Promise<void>;
  /** New current version of the secret, with the App Tokens and signature keys that the app now has at Box. */
  storeConfig(app: string): void;
  close(): Promise<void>;
}

/** Starts everything on loopback. What was started is closed again if a later part cannot start. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closers = closerStack();
  const closing = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    closers.push(() => part.close());
    return part;
  };
  try {
    await requireBundles(options.bundles, hasOAuthApp(options));
    const folder = await newRunFolder();
    closers.push(() => removeRunFolder(folder));
    return { ...(await start(options, folder, closing)), close: closers.close };
  } catch (error) {
    // What the start failed of is what its caller can repair.
    await closers.close().catch(() => {});
    throw error;
  }
}

async function start(
  options: SandboxOptions,
  folder: string,
  closing: Closing,
): Promise<Omit<Sandbox, "close">> {
  const people = peopleOf(options);
  const { callers, operator, identities, grants } = people;
  const upstream = await startUpstream(options, people, folder, closing);
  const { box, secretsManager, apps, oauthApps, appTokenApps, main, sample } = upstream;
  const policyPath = join(folder, "policy.json");
  await writePolicy(policyPath, options.policy ?? samplePolicy(callers, folderOf(options, sample)));
  const faults = { dynamodb: faultsOf("dynamodb"), lambda: faultsOf("lambda") };
  const shared = await startSharedCache(options, people, secretsManager, faults.dynamodb, closing);
  const called = { box, secretsManager, shared };
  const environment = functionVariables(options, called, people.functionRole, { folder, policyPath });
  const functions = startFunctions(options, environment, callers, {
    oauthApps: Object.keys(oauthApps),
    accountUrl: `${box.url}/api/oauth2/authorize`,
    connectionsRole: people.connectionsRole,
  });
  const all = (Object.values(functions) as HostedFunction[]).map(closing);
  const front = { region: REGION, identities, grants, faults: faults.lambda, onEvent: options.onFrontEvent };
  const fronts = await startFronts(functions, front, options.ports, closing);
  for (const { box: app } of Object.values(oauthApps))
    app.redirectUris.add(`${fronts.authorizeUrl}/callback`);
  box.control.extend({
    faults: { "secrets-manager": secretsManager.faults, ...faults },
    // With a real config its tokens would be real ones.
    ...(options.realConfig === undefined
      ? {
          callers: callerConsole({
            tokenUrl: fronts.tokenUrl,
            region: REGION,
            callers,
            apps: appNamesOf(options),
          }),
        }
      : {}),
  });
  box.checkpoint();

  const coldStart = async (env?: Readonly<Record<string, string>>): Promise<void> => {
    await Promise.all(all.map((hosted) => hosted.restart(env)));
  };
  return {
    ...fronts,
    region: REGION,
    configPath: options.realConfig === undefined ? await writeConfig(folder, main.config) : undefined,
    box,
    caPath: upstream.caPath,
    faults: { box: box.faults, "secrets-manager": secretsManager.faults, ...faults },
    secretsManager,
    sharedCache: shared,
    sample,
    ...{ apps, oauthApps, appTokenApps },
    callers: Object.fromEntries(callers.map((caller) => [caller.name, caller])),
    operator,
    functions,
    environment,
    functionLines: () => [functions.tokenUrl, functions.tokenInvoke].flatMap(({ lines }) => lines),
    coldStart,
    freeze(milliseconds) {
      for (const hosted of all) hosted.freeze(milliseconds);
    },
    async deployPolicy(policy) {
      await writePolicy(policyPath, policy);
      await coldStart();
    },
    rotateKey: (name = main.name, settings = {}) => rotateKey(named(apps, name), secretsManager, settings),
    storeConfig: (name) =>
      storeConfig(named({ ...apps, ...oauthApps, ...appTokenApps }, name), box, secretsManager),
  };
}

function named<App>(apps: Readonly<Record<string, App>>, name: string): App {
  const app = apps[name];
  if (app === undefined)
    throw new Error(`There is no such app "${name}"; there are ${Object.keys(apps).join(", ")}.`);
  return app;
}

/** The real Box has no sample folder. */
const folderOf = ({ realConfig }: SandboxOptions, { reports }: Sample): string | undefined =>
  realConfig === undefined ? reports.id : undefined;

async function writePolicy(path: string, policy: unknown): Promise<void> {
  await writePrivately(path, typeof policy === "string" ? policy : `${JSON.stringify(policy, null, 2)}\n`);
}
