import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeConfig, writePrivately } from "./app.ts";
import { stored } from "./aws/iam.ts";
import { type Identity, newIdentity } from "./aws/identities.ts";
import { addSample, type Sample } from "./box/sample.ts";
import { type Box, startBox } from "./box/server.ts";
import type { AppSettings } from "./box/state.ts";
import { type Caller, newCaller, principalsByName, SAMPLE_CALLERS } from "./callers.ts";
import { newCertificates } from "./certificates.ts";
import { type ConfiguredApp, configureApp, rotateKey, secretNameOf } from "./configured-app.ts";
import { type Faults, faultsOf } from "./faults.ts";
import { deployedGrants } from "./grants.ts";
import type { Scaling } from "./lambda/environments.ts";
import type { FrontEvent } from "./lambda/front.ts";
import type { LambdaFault } from "./lambda/front-faults.ts";
import { startFunctionUrl } from "./lambda/function-url.ts";
import { type FunctionSettings, type HostedFunction, hostFunction } from "./lambda/hosted-function.ts";
import { startInvokeApi } from "./lambda/invoke-api.ts";
import { SAMPLE_APP, samplePolicy } from "./policy.ts";
import { addCast, type Cast } from "./policy-cast.ts";
import { newRunFolder, removeRunFolder } from "./run-folder.ts";
import { type SecretsManager, startSecretsManager } from "./secrets-manager/server.ts";

const REGION = "us-east-1";

export interface SandboxOptions {
  /** Each 0 or absent picks a free one. */
  readonly ports?: Partial<Record<"tokenUrl" | "invokeApi" | "box" | "boxTls" | "secretsManager", number>>;
  /** Replaces the sample policy: a document, or its text as it is. */
  readonly policy?: unknown;
  /** Callers, apps and what belongs to them, in the place of the sample's; see `castOf`. */
  readonly cast?: Cast;
  /** Callers besides those of the sample policy; IAM lets each call, the policy need not. */
  readonly callers?: readonly string[];
  /** Apps besides `sandbox`, or settings for that one, by name. */
  readonly apps?: Readonly<Record<string, AppSettings>>;
  /** Text of a config file that is served in the place of the generated app, against the real Box. */
  readonly realConfig?: string;
  /** Variables of all functions, which win over the sandbox's. */
  readonly env?: Readonly<Record<string, string>>;
  /** Folder with `<function>/index.mjs`; default `dist/functions`. */
  readonly bundles?: string;
  /** Timeout of the functions; default: the deployed one. */
  readonly timeoutMs?: number;
  /** How many requests each function serves at once; default: as Lambda on demand, one in an environment. */
  readonly scaling?: Scaling;
  /** Life of Box's tokens in seconds; default: any from 3600 to 4200. */
  readonly expiresIn?: number;
  readonly onLine?: (functionName: string, line: string) => void;
  readonly onFrontEvent?: (event: FrontEvent) => void;
}

export interface Sandbox {
  /** The token function's URL with its path. */
  readonly tokenUrl: string;
  /** Base URL of Lambda's Invoke API. */
  readonly invokeUrl: string;
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
    readonly lambda: Faults<LambdaFault>;
  };
  readonly secretsManager: SecretsManager;
  /** Users, folders and files at Box. */
  readonly sample: Sample;
  /** By name; `apps.sandbox` is there unless a cast or a real config is served. */
  readonly apps: Readonly<Record<string, ConfiguredApp>>;
  /** By name; the sample policy's, or the cast's. */
  readonly callers: Readonly<Record<string, Caller>>;
  /** The deployer: may do everything that no statement denies. */
  readonly operator: Identity;
  readonly functions: {
    readonly tokenUrl: HostedFunction;
    readonly tokenInvoke: HostedFunction;
    readonly health: HostedFunction;
  };
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
  close(): Promise<void>;
}

const BUNDLES = fileURLToPath(new URL("../dist/functions/", import.meta.url));

/** Starts everything on loopback. What was started is closed again if a later part cannot start. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.reverse().splice(0)) await closer();
  };
  const closing = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    closers.push(() => part.close());
    return part;
  };
  try {
    await demandBundles(options.bundles ?? BUNDLES);
    const folder = await newRunFolder();
    closers.push(() => removeRunFolder(folder));
    return { ...(await start(options, folder, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function demandBundles(folder: string): Promise<void> {
  for (const name of ["token-url", "token-invoke", "health"]) {
    const path = join(folder, name, "index.mjs");
    await access(path).catch(() => {
      throw new Error(`The built function ${path} is missing. Run npm run build.`);
    });
  }
}

type Closing = <Part extends { close(): Promise<void> }>(part: Part) => Part;

async function start(
  options: SandboxOptions,
  folder: string,
  closing: Closing,
): Promise<Omit<Sandbox, "close">> {
  const { ports = {}, expiresIn } = options;
  const { cast } = options;
  const first = cast?.callers ?? Object.keys(SAMPLE_CALLERS).map(newCaller);
  const callers = [...first, ...(options.callers ?? []).map(newCaller)];
  const functionRole = newIdentity("box-sts-function", { temporary: true });
  const operator = newIdentity("operator");
  const identities = [...callers, functionRole, operator];
  const appNames = [...new Set([...(cast?.apps ?? [SAMPLE_APP]), ...Object.keys(options.apps ?? {})])];
  const grants = stored(
    deployedGrants(REGION, callers, functionRole, operator, appNames.map(secretNameOf)),
    identities,
  );

  const { ca, key, cert } = await newCertificates();
  const caPath = join(folder, "ca.pem");
  await writePrivately(caPath, ca);
  const box = closing(
    await startBox({
      ...port(ports.box),
      tls: { port: ports.boxTls ?? 0, tls: { key, cert } },
      ...(expiresIn === undefined ? {} : { expiresIn }),
    }),
  );
  const secretsManager = closing(
    await startSecretsManager({ ...port(ports.secretsManager), region: REGION, identities, grants }),
  );
  const apps: Record<string, ConfiguredApp> = {};
  for (const name of appNames) {
    apps[name] = await configureApp(name, box.state, secretsManager, options.apps?.[name]);
  }
  const [mainName = SAMPLE_APP] = appNames;
  const main = apps[mainName] as ConfiguredApp;
  const sample = addSample(box.state, main.box);
  if (cast !== undefined) addCast(box.state, apps, cast);
  if (options.realConfig !== undefined) {
    // One file, whatever name the policy gives its app.
    for (const { secretName } of Object.values(apps)) secretsManager.put(secretName, options.realConfig);
  }

  const policyPath = join(folder, "policy.json");
  await writePolicy(policyPath, options.policy ?? samplePolicy(callers, folderOf(options, sample)));
  const environment = {
    BOX_STS_APPS: JSON.stringify(Object.fromEntries(appNames.map((name) => [name, secretNameOf(name)]))),
    BOX_STS_POLICY: policyPath,
    ...(options.realConfig === undefined ? { BOX_API_URL: box.url } : {}),
    AWS_ENDPOINT_URL_SECRETS_MANAGER: secretsManager.url,
    AWS_ACCESS_KEY_ID: functionRole.accessKeyId,
    AWS_SECRET_ACCESS_KEY: functionRole.secretAccessKey,
    AWS_SESSION_TOKEN: functionRole.sessionToken ?? "",
    // Lambda has no AWS config files; without this the SDK would read the laptop's.
    HOME: folder,
  };
  const functions = startFunctions(options, environment, callers);
  const health = closing(functions.health);
  const both = [closing(functions.tokenUrl), closing(functions.tokenInvoke)];
  const { onFrontEvent: onEvent } = options;
  const faults = { box: box.faults, "secrets-manager": secretsManager.faults, lambda: faultsOf("lambda") };
  const front = {
    ...{ region: REGION, identities, grants, faults: faults.lambda },
    ...(onEvent === undefined ? {} : { onEvent }),
  };
  const url = closing(await startFunctionUrl(functions.tokenUrl, { ...front, ...port(ports.tokenUrl) }));
  const invokeApi = closing(await startInvokeApi([...both, health], { ...front, ...port(ports.invokeApi) }));

  const coldStart = async (env?: Readonly<Record<string, string>>): Promise<void> => {
    await Promise.all([...both, health].map((hosted) => hosted.restart(env)));
  };
  return {
    tokenUrl: `${url.url}/oauth2/token`,
    invokeUrl: invokeApi.url,
    region: REGION,
    configPath: options.realConfig === undefined ? await writeConfig(folder, main.config) : undefined,
    ...{ box, caPath, faults, secretsManager },
    sample,
    apps,
    callers: Object.fromEntries(callers.map((caller) => [caller.name, caller])),
    operator,
    functions,
    environment,
    functionLines: () => both.flatMap(({ lines }) => lines),
    coldStart,
    freeze(milliseconds) {
      for (const hosted of [...both, health]) hosted.freeze(milliseconds);
    },
    async deployPolicy(policy) {
      await writePolicy(policyPath, policy);
      await coldStart();
    },
    rotateKey: (name = mainName, settings = {}) =>
      rotateKey(apps[name] as ConfiguredApp, secretsManager, settings),
  };
}

function startFunctions(
  { bundles = BUNDLES, env, timeoutMs, scaling, onLine }: SandboxOptions,
  common: Readonly<Record<string, string>>,
  callers: readonly Caller[],
): Sandbox["functions"] {
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
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(scaling === undefined ? {} : { scaling }),
      ...(onLine === undefined ? {} : { onLine: (line: string) => onLine(name, line) }),
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

/** The real Box has no sample folder. */
const folderOf = ({ realConfig }: SandboxOptions, { reports }: Sample): string | undefined =>
  realConfig === undefined ? reports.id : undefined;

async function writePolicy(path: string, policy: unknown): Promise<void> {
  await writePrivately(path, typeof policy === "string" ? policy : `${JSON.stringify(policy, null, 2)}\n`);
}

const port = (given: number | undefined): { port?: number } => (given === undefined ? {} : { port: given });
