import type { BoxClient } from "box-node-sdk";
import { addSample, type Sample } from "../../../../sandbox/box/sample.ts";
import { addApp, type BoxApp } from "../../../../sandbox/box/state.ts";
import { boxClient } from "../../../support/box-client.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";

/** A Box with two enterprises, and the SDK as some of the people in them. */
export interface People extends Scene {
  /** The Service Account, which owns the sample's folders. */
  readonly service: BoxClient;
  readonly managed: BoxClient;
  readonly appUser: BoxClient;
  readonly other: { readonly app: BoxApp; readonly sample: Sample; readonly managed: BoxClient };
}

const SCOPES = [
  ...["root_readwrite", "manage_managed_users", "manage_app_users", "manage_groups", "manage_webhook"],
  "manage_enterprise_properties",
] as const;

export async function people(): Promise<People> {
  const at = await scene({ scopes: SCOPES as never, signatureKeys: true });
  const token = await enterpriseToken(at);
  const { managedUser, appUser } = at.sample;
  const app = addApp(at.box.state, "7654321", { scopes: SCOPES as never });
  const sample = addSample(at.box.state, app);
  return {
    ...at,
    service: boxClient(at.box.url, token),
    managed: boxClient(at.box.url, token, { asUser: managedUser.id }),
    appUser: boxClient(at.box.url, token, { asUser: appUser.id }),
    other: { app, sample, managed: boxClient(at.box.url, tokenOf(at, app, sample.managedUser.id)) },
  };
}

/** A token of another app for the user, without the grant. */
function tokenOf({ box }: Scene, { clientId, scopes }: BoxApp, userId: string): string {
  const facts = { clientId, userId, scopes: new Set<string>(scopes), downscoped: false };
  return box.tokens.mint(facts, 3_600).value;
}
