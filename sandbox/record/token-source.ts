import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import { isObject } from "../../schemas/json/is-object.ts";
import type { Actor } from "./assertion.ts";
import { type Outcome, requestBox } from "./box-request.ts";
import { grantForm } from "./grants.ts";

/** Tokens of the Box that is checked, one for each recorded actor. */
export interface TokenSource {
  of(actor: Actor): Promise<string>;
  /** Requests another one, which is used from then on. */
  renew(actor: Actor): Promise<Outcome>;
}

export function tokenSource(
  { url, config }: { readonly url: string; readonly config: BoxConfig },
  mapped: (text: string) => string,
): TokenSource {
  const tokens = new Map<string, string>();
  const source: TokenSource = {
    async of(actor) {
      if ("subject" in actor && actor.subject === "refused") return "refused";
      if (!tokens.has(JSON.stringify(actor))) await source.renew(actor);
      return tokens.get(JSON.stringify(actor)) ?? "";
    },
    async renew(actor) {
      const form = await grantForm(config, actor, (parent) => source.of(parent), mapped);
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      const request = { method: "POST", headers, body: form };
      const { status, shape, json } = await requestBox(`${url}/oauth2/token`, request);
      const token = isObject(json) ? json.access_token : undefined;
      tokens.set(JSON.stringify(actor), typeof token === "string" ? token : "");
      return { status, shape };
    },
  };
  return source;
}
