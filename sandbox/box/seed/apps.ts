import { createPublicKey, type KeyObject } from "node:crypto";
import { type AppConfig, type GeneratedApp, generateApp, newEnterpriseId } from "../../apps/app.ts";
import { type AppSettings, addApp, addServiceAccount, type BoxApp, type BoxState } from "../state.ts";
import type { AppEntry } from "./document.ts";

type Report = (pointer: string, message: string) => void;

/** Keys that the console generates, by the index of the app's entry. */
type NewKeys = ReadonlyMap<number, GeneratedApp>;

/** Generates a pair for each new JWT app without public keys. */
export async function newKeys(state: BoxState, entries: readonly AppEntry[]): Promise<NewKeys> {
  const keys = new Map<number, GeneratedApp>();
  for (const [index, { clientId, authentication = "jwt", publicKeys = {} }] of entries.entries()) {
    const isNew = !state.apps.has(clientId);
    if (isNew && authentication === "jwt" && Object.keys(publicKeys).length === 0)
      keys.set(index, await generateApp());
  }
  return keys;
}

/** Changes known apps and creates the others. @returns the configs of the new ones */
export function applyApps(
  state: BoxState,
  entries: readonly AppEntry[],
  keys: NewKeys,
  report: Report,
): readonly object[] {
  const configs: object[] = [];
  const seen = new Set<string>();
  for (const [index, entry] of entries.entries()) {
    const pointer = `/apps/${index}`;
    const { clientId } = entry;
    const known = state.apps.get(clientId);
    if (seen.has(clientId)) report(`${pointer}/clientId`, "The document has this app twice.");
    seen.add(clientId);
    if (known === undefined) {
      const app = createApp(state, pointer, entry, report);
      if (app !== undefined) configs.push(configOf(app, keys.get(index)));
    } else changeApp(state, pointer, known, entry, report);
  }
  return configs;
}

function createApp(state: BoxState, pointer: string, entry: AppEntry, report: Report): BoxApp | undefined {
  const { enterpriseId, serviceAccountId, publicKeys: _, signatureKeys: __, ...settings } = entry;
  if (settings.authentication === "app_token") {
    report(
      `${pointer}/authentication`,
      "An app with App Tokens cannot be created here: its tokens are generated in code.",
    );
    return undefined;
  }
  if (serviceAccountId !== undefined && state.users.has(serviceAccountId)) {
    report(`${pointer}/serviceAccountId`, `There is a user with the id ${serviceAccountId} already.`);
    return undefined;
  }
  const [first] = state.apps.values();
  const enterprise = enterpriseId ?? first?.enterpriseId ?? newEnterpriseId();
  const app = addApp(state, enterprise, settings as AppSettings, serviceAccountId);
  setKeys(pointer, app, entry, report);
  return app;
}

const FIXED = ["enterpriseId", "serviceAccountId"] as const;

function changeApp(state: BoxState, pointer: string, app: BoxApp, entry: AppEntry, report: Report): void {
  for (const name of FIXED)
    if (entry[name] !== undefined && entry[name] !== app[name])
      report(`${pointer}/${name}`, `The app has another ${name}, which cannot be changed.`);
  const { scopes, redirectUris, publicKeys: _, signatureKeys: __, clientId: ___, ...switches } = entry;
  Object.assign(app, switches);
  if (scopes !== undefined) replaceAll(app.scopes, scopes);
  if (redirectUris !== undefined) replaceAll(app.redirectUris, redirectUris);
  setKeys(pointer, app, entry, report);
  if (!state.users.has(app.serviceAccountId)) addServiceAccount(state, app);
}

function replaceAll<Value>(set: Set<Value>, values: readonly Value[]): void {
  set.clear();
  for (const value of values) set.add(value);
}

function setKeys(
  pointer: string,
  app: BoxApp,
  { publicKeys, signatureKeys }: AppEntry,
  report: Report,
): void {
  if (publicKeys !== undefined) app.publicKeys.clear();
  for (const [id, pem] of Object.entries(publicKeys ?? {})) {
    const key = publicKeyOf(pem);
    if (key === undefined) report(`${pointer}/publicKeys/${id}`, "OpenSSL cannot read this public key.");
    else app.publicKeys.set(id, key);
  }
  if (signatureKeys !== undefined) {
    delete app.signatureKeys.primary;
    delete app.signatureKeys.secondary;
    Object.assign(app.signatureKeys, signatureKeys);
  }
}

function publicKeyOf(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}

/** The config file of a new app, with the key pair that was generated for it. */
function configOf(app: BoxApp, generated: GeneratedApp | undefined): AppConfig | object {
  const { clientId: clientID, clientSecret, enterpriseId: enterpriseID } = app;
  if (generated === undefined) return { boxAppSettings: { clientID, clientSecret }, enterpriseID };
  const { appAuth } = generated.config.boxAppSettings;
  app.publicKeys.set(appAuth.publicKeyID, generated.publicKey);
  return { boxAppSettings: { clientID, clientSecret, appAuth }, enterpriseID };
}
