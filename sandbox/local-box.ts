import { type AnyAppConfig, type AppConfig, newEnterpriseId } from "./app.ts";
import type { BoxFault } from "./box/conditions.ts";
import type { RefreshRotation } from "./box/oauth/connections.ts";
import { addSample, type Sample } from "./box/sample.ts";
import { type Box, startBox as startServer } from "./box/server.ts";
import type { AppSettings, BoxApp, BoxUser } from "./box/state.ts";
import { newApp } from "./configured-app.ts";
import { parseFault, unknownName } from "./fault-text.ts";
import { FAULTS, type Fault, type FaultSettings } from "./faults.ts";
import { SAMPLE_APP } from "./policy.ts";

export interface LocalBoxOptions {
  /** Port of the address; default: a free one. */
  readonly port?: number;
  /** IP address to listen on; default `127.0.0.1`. */
  readonly host?: string;
  /** Whether the same Box is served over TLS too, at `tlsUrl`; a number is its port. Default: it is not. */
  readonly tls?: boolean | number;
  /**
   * Apps besides `sandbox`, or settings for that one, by name. Default: a JWT app of its own enterprise, authorized,
   * with every application scope that tests usually need.
   */
  readonly apps?: Readonly<Record<string, AppSettings>>;
  /** Life of tokens in seconds; default: any from 3600 to 4200, as at Box. */
  readonly expiresIn?: number;
  /** When a refresh ends the old pair of an OAuth app's tokens; default `strict`. */
  readonly refreshRotation?: RefreshRotation;
  /** Of the control endpoints: at least 16 visible ASCII characters; default: a random one. */
  readonly controlToken?: string | undefined;
}

/** What Box's official SDKs take as their base URLs. */
export interface BaseUrls {
  readonly baseUrl: string;
  readonly uploadUrl: string;
  readonly oauth2Url: string;
}

/** An app at the local Box. */
export interface LocalApp<Config extends AnyAppConfig = AnyAppConfig> {
  readonly name: string;
  /** The config file that the Developer Console offers for it, or ours where it has none. */
  readonly config: Config;
  /** What both consoles hold of it. A change takes effect with the next request: `settings.enabled = false`. */
  readonly settings: BoxApp;
}

/** A Box on this machine, with one enterprise, its apps, users and files. */
export interface LocalBox {
  readonly url: string;
  /** For `client.withCustomBaseUrls(box.baseUrls)` and its like. */
  readonly baseUrls: BaseUrls;
  /** The same Box over TLS; absent unless the options have `tls`. */
  readonly tlsUrl: string | undefined;
  /** Certificate (PEM) of the authority behind `tlsUrl`. */
  readonly ca: string | undefined;
  /** The `config.json` of the app `sandbox`. */
  readonly config: AppConfig;
  /** By name. */
  readonly apps: Readonly<Record<string, LocalApp>>;
  /** The user that the app `sandbox` acts as; it owns the sample's files. */
  readonly serviceAccount: BoxUser;
  /** Two more users, and a few folders and files. */
  readonly sample: Sample;
  /** Box's clock, by which tokens, codes and links expire. */
  readonly clock: Box["clock"];
  readonly faults: LocalFaults;
  /** What has been requested, by operation: `token/jwt-bearer`, `api/users`. */
  readonly requests: Box["requests"];
  /** Stops listening and ends every connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What goes wrong at the local Box. */
export interface LocalFaults {
  /** In force, oldest first. */
  readonly active: readonly Fault[];
  /**
   * Lets something go wrong until it is removed, or for so many `times`: `inject("rate-limited:2", { times: 1, on: "token" })`.
   * @param fault a name, with its setting behind a colon, as `npx box-sts sandbox --help` lists them.
   * @throws Error with what there is, where the name or the setting is none
   */
  inject(fault: string, reach?: Pick<FaultSettings, "times" | "after" | "on" | "until">): Fault;
  /** Ends all of them. */
  clear(): void;
}

/**
 * Starts a Box on this machine. It keeps the process alive until it is closed.
 *
 * @example
 * ```ts
 * import { startBox } from "box-sts/sandbox";
 *
 * await using box = await startBox();
 * console.log(box.url, box.config.enterpriseID);
 * ```
 * @throws PortTaken where another process listens at the port
 */
export async function startBox(options: LocalBoxOptions = {}): Promise<LocalBox> {
  return (await startBoxWithServer(options)).box;
}

/** Starts it and gives its server as well, which only this package knows. @throws PortTaken */
export async function startBoxWithServer(
  options: LocalBoxOptions,
): Promise<{ readonly box: LocalBox; readonly server: Box }> {
  const { port, host, tls = false, apps: settings = {}, ...others } = options;
  const certificates =
    tls === false ? undefined : await (await import("./certificates.ts")).newCertificates();
  const server = await startServer({
    ...{ ...others, port, host },
    ...(certificates && { tls: { port: typeof tls === "number" ? tls : 0, host, tls: certificates } }),
  });
  try {
    const apps = await addApps(server, settings);
    const { config, settings: main } = mainOf(apps);
    const sample = addSample(server.state, main);
    server.checkpoint();
    const serviceAccount = server.state.users.get(main.serviceAccountId) as BoxUser;
    const { url, tlsUrl, clock, requests, close } = server;
    const box: LocalBox = {
      ...{ url, tlsUrl, clock, requests, close, config, apps, serviceAccount, sample },
      baseUrls: { baseUrl: url, uploadUrl: url, oauth2Url: `${url}/api/oauth2` },
      ca: certificates?.ca,
      faults: faultsOf(server),
      [Symbol.asyncDispose]: close,
    };
    return { box, server };
  } catch (error) {
    await server.close();
    throw error;
  }
}

/** The apps of the options and `sandbox`, which comes first. */
async function addApps(
  box: Box,
  settings: Readonly<Record<string, AppSettings>>,
): Promise<Readonly<Record<string, LocalApp>>> {
  const apps: Record<string, LocalApp> = {};
  for (const name of new Set([SAMPLE_APP, ...Object.keys(settings)])) {
    const { config, box: own } = await newApp(box, { enterpriseId: enterpriseOf(apps), ...settings[name] });
    apps[name] = { name, config, settings: own };
  }
  return apps;
}

/** All apps are of the first one's enterprise. */
const enterpriseOf = (apps: Readonly<Record<string, LocalApp>>): string =>
  apps[SAMPLE_APP]?.settings.enterpriseId ?? newEnterpriseId();

function mainOf(apps: Readonly<Record<string, LocalApp>>): LocalApp<AppConfig> {
  const main = apps[SAMPLE_APP] as LocalApp;
  if (!("appAuth" in main.config.boxAppSettings))
    throw new Error(
      `The app ${SAMPLE_APP} is a JWT or Client Credentials app; give an app of another kind another name.`,
    );
  return main as LocalApp<AppConfig>;
}

function faultsOf({ faults }: Box): LocalFaults {
  return {
    get active() {
      return faults.active;
    },
    inject(text, reach = {}) {
      const fault = parseFault(text);
      if (!fault.ok) throw new Error(fault.error);
      const { place, name, settings } = fault.value;
      if (place !== "box") throw new Error(unknownName("fault", text, Object.keys(FAULTS.box)));
      return faults.inject(name as BoxFault, { ...settings, ...reach });
    },
    clear: () => faults.clear(),
  };
}
