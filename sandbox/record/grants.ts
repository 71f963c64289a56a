import { createPrivateKey, randomUUID } from "node:crypto";
import { assertionClaims } from "../../functions/box/assertion.ts";
import { assertionSigner } from "../../functions/box/assertion-signer.ts";
import { clientCredentialsForm, exchangeForm, jwtGrantForm } from "../../functions/box/requests.ts";
import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import type { Actor } from "./assertion.ts";

/** The form that requests a token for an actor. @param userId the id that a recorded one has at this Box */
export async function grantForm(
  config: BoxConfig,
  actor: Actor,
  tokenOf: (actor: Actor) => Promise<string>,
  mapped: (text: string) => string,
): Promise<string> {
  if ("exchanged" in actor) {
    const scopes = actor.scope.split(" ") as Parameters<typeof exchangeForm>[1]["scopes"];
    const resource = actor.resource === undefined ? undefined : mapped(actor.resource);
    return exchangeForm(await tokenOf(actor.exchanged), { scopes, resource } as Parameters<
      typeof exchangeForm
    >[1]);
  }
  const { clientID, clientSecret } = config;
  const credentials = { clientID, clientSecret } as Parameters<typeof jwtGrantForm>[0];
  const subject =
    actor.subject === "user"
      ? ({ type: "user", id: mapped(actor.id) } as const)
      : ({ type: "enterprise", id: String(config.enterpriseID) } as const);
  if (config.grant !== "jwt") return clientCredentialsForm(credentials, subject);
  if (config.kmsKeyId !== undefined) throw new Error("The config holds no private key.");
  const { privateKey, passphrase } = config;
  const key = createPrivateKey({ key: privateKey, ...(passphrase !== undefined && { passphrase }) });
  const claims = assertionClaims(clientID, subject, Date.now(), randomUUID());
  return jwtGrantForm(credentials, await assertionSigner(key, config).sign(claims));
}
