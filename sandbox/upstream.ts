import { join } from "node:path";
import { writePrivately } from "./app.ts";
import { addSample, type Sample } from "./box/sample.ts";
import { type Box, startBox } from "./box/server.ts";
import { newCertificates } from "./certificates.ts";
import { type ConfiguredApp, configureApp } from "./configured-app.ts";
import { appNamesOf, type People, REGION } from "./people.ts";
import { addCast } from "./policy-cast.ts";
import type { Closing, SandboxOptions } from "./sandbox-options.ts";
import { type SecretsManager, startSecretsManager } from "./secrets-manager/server.ts";

/** What the functions call: Box and Secrets Manager, with what is in them. */
export interface Upstream {
  readonly box: Box;
  /** Certificate (PEM) of the authority behind `box.tlsUrl`. */
  readonly caPath: string;
  readonly secretsManager: SecretsManager;
  /** By name. */
  readonly apps: Readonly<Record<string, ConfiguredApp>>;
  /** The first of them. */
  readonly main: ConfiguredApp;
  readonly sample: Sample;
}

/** Starts both servers and fills them: each app at Box and its config as a secret, the sample, and the cast. */
export async function startUpstream(
  options: SandboxOptions,
  { identities, grants }: People,
  folder: string,
  closing: Closing,
): Promise<Upstream> {
  const { ports = {}, expiresIn, cast } = options;
  const { ca, key, cert } = await newCertificates();
  const caPath = join(folder, "ca.pem");
  await writePrivately(caPath, ca);
  const box = closing(
    await startBox({
      port: ports.box,
      tls: { port: ports.boxTls ?? 0, tls: { key, cert } },
      expiresIn,
    }),
  );
  const secretsManager = closing(
    await startSecretsManager({ port: ports.secretsManager, region: REGION, identities, grants }),
  );
  const configured: ConfiguredApp[] = [];
  for (const name of appNamesOf(options))
    configured.push(await configureApp(name, box.state, secretsManager, options.apps?.[name]));
  const apps = Object.fromEntries(configured.map((app) => [app.name, app]));
  const main = configured[0] as ConfiguredApp;
  const sample = addSample(box.state, main.box);
  if (cast !== undefined) addCast(box.state, apps, cast);
  if (options.realConfig !== undefined) {
    // One file, whatever name the policy gives its app.
    for (const { secretName } of configured) secretsManager.put(secretName, options.realConfig);
  }
  return { box, caPath, secretsManager, apps, main, sample };
}
