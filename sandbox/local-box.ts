import { type AnyAppConfig, type AppConfig, newEnterpriseId } from "./apps/app.ts";
import type { Clock } from "./box/clock.ts";
import type { BoxFault } from "./box/conditions.ts";
import type { Enterprise } from "./box/enterprise.ts";
import type { EnterpriseContents, NamedEnterprise } from "./box/enterprises.ts";
import type { RefreshRotation } from "./box/oauth/connections.ts";
import { addSample, type Sample } from "./box/sample.ts";
import type { StateDocument } from "./box/seed/document.ts";
import { type StateOptions, stateDocument } from "./box/seed/state-json.ts";
import { type SeedSummary, seedFolder } from "./box/seed.ts";
import { type Box, startBox as startServer } from "./box/server.ts";
import type { AppSettings, BoxApp, BoxUser } from "./box/state.ts";
import { BOX_OPERATIONS, parseFault, unknownName, withReach } from "./faults/fault-text.ts";
import { FAULTS, type Fault, type FaultSettings } from "./faults/faults.ts";
import { checkOptions } from "./local-box-options.ts";
import { newApp } from "./sample/configured-app.ts";
import { SAMPLE_APP } from "./sample/policy.ts";

/** Options of `startBox()`; each has a default. */
export interface LocalBoxOptions {
  /** Port of the address; default: a free one. */
  readonly port?: number;
  /** IP address to listen on; default `127.0.0.1`. */
  readonly host?: string;
  /**
   * Whether the address, opened in a browser, is the console. Its page carries the control token to every client that
   * reaches the port; default: only where `host` is a loopback address.
   */
  readonly console?: boolean;
  /** Whether the same Box is served over TLS too, at `tlsUrl`; a number is its port. Default: it is not. */
  readonly tls?: boolean | number;
  /**
   * Apps besides `sandbox`, or settings for that one, by name. Default: a JWT app of its own enterprise, authorized,
   * with every application scope that tests usually need.
   */
  readonly apps?: Readonly<Record<string, AppSettings>>;
  /**
   * Folder whose files and folders become items of the Service Account's root; its `box-seed.json`, if it has one, may
   * add users, collaborations, shared links and ids. Every enterprise begins with them.
   */
  readonly seed?: string;
  /** Life of tokens in seconds; default: any from 3600 to 4200, as at Box. */
  readonly expiresIn?: number;
  /** When a refresh ends the old pair of an OAuth app's tokens; default `strict`. */
  readonly refreshRotation?: RefreshRotation;
  /** Of the control endpoints: at least 16 visible ASCII characters; default: a random one. */
  readonly controlToken?: string | undefined;
}

/** What Box's official SDKs take as their base URLs; none ends in a slash. */
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

/** A Box of its own: no other one knows its apps, users, files, tokens, faults, requests or clock. */
export interface LocalEnterprise {
  readonly url: string;
  /** For `client.withCustomBaseUrls(box.baseUrls)` and its like. */
  readonly baseUrls: BaseUrls;
  /** The same over TLS; absent unless the options have `tls`. */
  readonly tlsUrl: string | undefined;
  /** The `config.json` of the app `sandbox`. */
  readonly config: AppConfig;
  /** By name. */
  readonly apps: Readonly<Record<string, LocalApp>>;
  /** The user that the app `sandbox` acts as; it owns the sample's files. */
  readonly serviceAccount: BoxUser;
  /** Two more users, and a few folders and files. */
  readonly sample: Sample;
  /** Box's clock, by which tokens, codes and links expire. */
  readonly clock: Clock;
  readonly faults: LocalFaults;
  /** What has been requested, by operation: `token/jwt-bearer`, `api/users`. `count()` throws for one that there is not. */
  readonly requests: Enterprise["requests"];
  /**
   * Goes back to what there was at the start: apps, users, files and settings. Ends every token, connection and fault,
   * forgets the requests, and lets the clock follow the machine's.
   */
  reset(): void;
  /** Makes what there is now the state that `reset()` goes back to. */
  checkpoint(): void;
  /** Apps, users, items and collaborations as one document; default: without the files' contents and the apps' secrets. */
  state(shown?: Partial<StateOptions>): Required<StateDocument>;
  /** Adds the files and folders of a folder, as the option `seed` does. @throws Error with a sentence for each problem */
  seed(folder: string): Promise<SeedSummary>;
  /** Removes the enterprise; of a Box itself, stops listening and ends every connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A Box on this machine, and the enterprises below it. */
export interface LocalBox extends LocalEnterprise {
  /** Certificate (PEM) of the authority behind `tlsUrl`; absent unless the options have `tls`. */
  readonly ca: string | undefined;
  /** The same as here for other processes and languages, over HTTP: the endpoints of docs/sandbox.md below this URL. */
  readonly control: { readonly url: string; readonly token: string };
  /**
   * The enterprise at `<url>/t/<name>`, which is created where there is none: one for each test worker, so that they
   * share a Box and nothing in it. It has the apps that the options name.
   * @throws Error where the name is not 1 to 64 ASCII letters, digits, `-` or `_`
   */
  enterprise(name: string): Promise<LocalEnterprise>;
}

/** The faults of the local Box, which it injects into its responses. */
export interface LocalFaults {
  /** In force, oldest first. */
  readonly active: readonly Fault[];
  /**
   * Injects a fault until it is removed, or for so many `times`: `inject("rate-limited:2", { times: 1, on: "token" })`.
   * @param fault a name, with its setting behind a colon, as `npx box-sts sandbox --help` lists those of Box.
   * @throws Error with what there is, where the name, the setting or the operation is none
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
 * @throws PortTaken where another process listens at the port, TypeError where an option is misspelt or not allowed
 */
export async function startBox(options: LocalBoxOptions = {}): Promise<LocalBox> {
  checkOptions(options);
  return (await startBoxWithServer(options)).box;
}

/** Starts it and gives its server as well, which only this package knows. @throws PortTaken */
export async function startBoxWithServer(
  options: LocalBoxOptions,
): Promise<{ readonly box: LocalBox; readonly server: Box }> {
  const { port, host, tls = false, apps: settings = {}, seed, ...others } = options;
  const certificates =
    tls === false ? undefined : await (await import("./http/certificates.ts")).newCertificates();
  const apps = new WeakMap<Enterprise, Apps>();
  const fill = async (enterprise: Enterprise): Promise<EnterpriseContents> => {
    const own = await addApps(enterprise, settings);
    apps.set(enterprise, own);
    const { config, settings: app } = mainOf(own);
    const sample = addSample(enterprise.state, app);
    if (seed !== undefined) await seedFolder(enterprise, seed);
    return { config, app, sample };
  };
  const server = await startServer({
    ...{ ...others, port, host, fill },
    ...(certificates && { tls: { port: typeof tls === "number" ? tls : 0, host, tls: certificates } }),
  });
  try {
    const filled = await fill(server);
    server.checkpoint();
    const box: LocalBox = {
      ...localEnterprise({ ...server, ...filled }, apps.get(server) ?? {}),
      ca: certificates?.ca,
      control: { url: `${server.url}/_sandbox`, token: server.control.token },
      async enterprise(name) {
        const named = await server.enterprise(name);
        return localEnterprise(named, apps.get(named) ?? {});
      },
    };
    return { box, server };
  } catch (error) {
    await server.close();
    throw error;
  }
}

function localEnterprise(enterprise: Omit<NamedEnterprise, "name">, apps: Apps): LocalEnterprise {
  const { url, tlsUrl, clock, requests, state, config, app, sample } = enterprise;
  const { reset, checkpoint, close } = enterprise;
  return {
    ...{ url, tlsUrl, clock, config, apps, sample, reset, checkpoint, close },
    requests: namedRequests(requests),
    baseUrls: { baseUrl: url, uploadUrl: url, oauth2Url: `${url}/api/oauth2` },
    serviceAccount: state.users.get(app.serviceAccountId) as BoxUser,
    faults: faultsOf(enterprise),
    state: (shown = {}) => stateDocument(state, { contents: false, secrets: false, ...shown }),
    seed: (folder) => seedFolder(enterprise, folder),
    [Symbol.asyncDispose]: close,
  };
}

type Apps = Readonly<Record<string, LocalApp>>;

/** The apps of the options and `sandbox`, which comes first. All are of the first one's enterprise. */
async function addApps(
  enterprise: Enterprise,
  settings: Readonly<Record<string, AppSettings>>,
): Promise<Apps> {
  const apps: Record<string, LocalApp> = {};
  const enterpriseId = settings[SAMPLE_APP]?.enterpriseId ?? newEnterpriseId();
  for (const name of new Set([SAMPLE_APP, ...Object.keys(settings)])) {
    const { config, box } = await newApp(enterprise, { ...settings[name], enterpriseId });
    apps[name] = { name, config, settings: box };
  }
  return apps;
}

function mainOf(apps: Apps): LocalApp<AppConfig> {
  const main = apps[SAMPLE_APP] as LocalApp;
  if (!("appAuth" in main.config.boxAppSettings))
    throw new Error(
      `The app ${SAMPLE_APP} is a JWT or Client Credentials app; give an app of another kind another name.`,
    );
  return main as LocalApp<AppConfig>;
}

function faultsOf({ faults }: Pick<Enterprise, "faults">): LocalFaults {
  return {
    get active() {
      return faults.active;
    },
    inject(text, { until, ...reach } = {}) {
      const fault = parseFault(text, ["box"]);
      if (!fault.ok) throw new Error(fault.error);
      const { place, name } = fault.value;
      if (place !== "box") throw new Error(unknownName("fault", text, Object.keys(FAULTS.box)));
      // `after: 0` is the default, which a test with a number of its own may well give.
      const given = Object.entries(reach).filter(
        ([key, value]) => value !== undefined && !(key === "after" && value === 0),
      );
      const reached = withReach(
        fault.value,
        given.map(([key, value]) => [key, String(value)]),
      );
      if (!reached.ok) throw new Error(reached.error);
      return faults.inject(name as BoxFault, { ...reached.value.settings, ...(until && { until }) });
    },
    clear: () => faults.clear(),
  };
}

/** The log, whose `count()` refuses a misspelt operation: it would be 0 for ever, and a test of it could not fail. */
function namedRequests(requests: Enterprise["requests"]): Enterprise["requests"] {
  return {
    ...requests,
    count(operation) {
      const count = requests.count(operation);
      if (operation !== undefined && count === 0 && !BOX_OPERATIONS.includes(operation))
        throw new Error(unknownName("operation", operation, BOX_OPERATIONS));
      return count;
    },
  };
}
