import { join } from "node:path";
import { type AppTokenConfig, type OAuthConfig, writePrivately } from "../apps/app.ts";
import { addSample, type Sample } from "../box/sample.ts";
import { seedFolder } from "../box/seed.ts";
import { type Box, startBox } from "../box/server.ts";
import { newCertificates } from "../http/certificates.ts";
import {
  type AnyConfiguredApp,
  type ConfiguredApp,
  configureApp,
  isAppTokenApp,
  isConsoleApp,
  isOAuthApp,
} from "../sample/configured-app.ts";
import { appNamesOf, type People, REGION } from "../sample/people.ts";
import { addPolicySample } from "../sample/policy-sample.ts";
import type { Closing, SandboxOptions } from "../sandbox-options.ts";
import { type SecretsManager, startSecretsManager } from "../secrets-manager/server.ts";

/** What the functions call: Box and Secrets Manager, with what is in them. */
export interface Upstream {
  readonly box: Box;
  /** Certificate (PEM) of the authority behind `box.tlsUrl`. */
  readonly caPath: string;
  readonly secretsManager: SecretsManager;
  /** By name: JWT and Client Credentials apps. */
  readonly apps: Readonly<Record<string, ConfiguredApp>>;
  readonly oauthApps: Readonly<Record<string, ConfiguredApp<OAuthConfig>>>;
  readonly appTokenApps: Readonly<Record<string, ConfiguredApp<AppTokenConfig>>>;
  /** The first of all. */
  readonly main: AnyConfiguredApp;
  readonly sample: Sample;
}

/** Starts both servers and fills them: each app at Box and its config as a secret, the sample, and what the policy names. */
export async function startUpstream(
  options: SandboxOptions,
  { identities, grants }: People,
  folder: string,
  closing: Closing,
): Promise<Upstream> {
  const { ports = {}, expiresIn, policySample } = options;
  const { ca, key, cert } = await newCertificates();
  const caPath = join(folder, "ca.pem");
  await writePrivately(caPath, ca);
  const box = closing(
    await startBox({
      port: ports.box,
      tls: { port: ports.boxTls ?? 0, tls: { key, cert } },
      expiresIn,
      refreshRotation: options.refreshRotation,
      controlToken: options.controlToken,
    }),
  );
  const secretsManager = closing(
    await startSecretsManager({ port: ports.secretsManager, region: REGION, identities, grants }),
  );
  const configured: AnyConfiguredApp[] = [];
  for (const name of appNamesOf(options))
    configured.push(await configureApp(name, box, secretsManager, options.apps?.[name]));
  const main = configured[0] as AnyConfiguredApp;
  const sample = addSample(box.state, main.box);
  if (options.seed !== undefined) await seedFolder(box, options.seed);
  if (policySample !== undefined) addPolicySample(box.state, byName(configured), policySample);
  if (options.realConfig !== undefined) {
    // One file, whatever name the policy gives its app.
    for (const { secretName } of configured) secretsManager.put(secretName, options.realConfig);
  }
  return {
    ...{ box, caPath, secretsManager, main, sample },
    apps: byName(configured.filter(isConsoleApp)),
    oauthApps: byName(configured.filter(isOAuthApp)),
    appTokenApps: byName(configured.filter(isAppTokenApp)),
  };
}

const byName = <App extends AnyConfiguredApp>(apps: readonly App[]): Readonly<Record<string, App>> =>
  Object.fromEntries(apps.map((app) => [app.name, app]));
