import type { BoxConfig } from "../../schemas/box-config/parse.ts";
import type { Actor, Assertion } from "./assertion.ts";
import { grantForm } from "./grants.ts";
import { shapeOf } from "./shape.ts";

export type Outcome = Pick<Assertion, "status" | "shape">;

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
      const response = await fetch(`${url}/oauth2/token`, { method: "POST", headers, body: form });
      const json = (await response.json()) as { access_token?: string };
      tokens.set(JSON.stringify(actor), json.access_token ?? "");
      return { status: response.status, shape: shapeOf(json) };
    },
  };
  return source;
}
