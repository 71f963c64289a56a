import type { Actor, RecordedGrant } from "./assertion.ts";
import { type Exchange, formOf, jsonOf } from "./exchange.ts";

const URN = "urn:ietf:params:oauth:grant-type:";
const ENTERPRISE: Actor = { subject: "enterprise" };

export interface Actors {
  /** Learns for whom the token of a response is. @returns what was requested, where it can be requested again */
  learn(exchange: Exchange): RecordedGrant | undefined;
  /** For whom the request was made; a token that was got elsewhere counts as the Service Account's. */
  of(exchange: Exchange): Actor | undefined;
}

/** Knows tokens by who they are for. Nothing of it is written but the actors. */
export function actorsByToken(): Actors {
  const known = new Map<string, Actor>();
  return {
    learn(exchange) {
      if (exchange.method !== "POST" || exchange.path !== "/oauth2/token") return undefined;
      const form = formOf(exchange.request);
      const grant = grantOf(form, (token) => known.get(token) ?? ENTERPRISE);
      const token = (jsonOf(exchange.response) as { access_token?: unknown } | undefined)?.access_token;
      if (grant === undefined || typeof token !== "string") return grant;
      known.set(token, grant.actor);
      return grant;
    },
    of({ request, query, status }) {
      const inQuery = new URLSearchParams(query).get("access_token");
      const token = request.headers.authorization?.replace(/^Bearer +/i, "") ?? inQuery;
      if (token === null) return undefined;
      return known.get(token) ?? (status === 401 ? { subject: "refused" } : ENTERPRISE);
    },
  };
}

function grantOf(form: URLSearchParams, actorOf: (token: string) => Actor): RecordedGrant | undefined {
  const type = form.get("grant_type")?.replace(URN, "");
  switch (type) {
    case "jwt-bearer": {
      const { sub, box_sub_type } = claimsOf(form.get("assertion") ?? "");
      return { type, actor: actorFor(box_sub_type, sub) };
    }
    case "client_credentials":
      return { type, actor: actorFor(form.get("box_subject_type"), form.get("box_subject_id")) };
    case "token-exchange": {
      const exchanged = actorOf(form.get("subject_token") ?? "");
      const resource = form.get("resource");
      const scope = form.get("scope") ?? "";
      return { type, actor: { exchanged, scope, ...(resource !== null && { resource }) } };
    }
    default:
      return undefined;
  }
}

/** The enterprise's id is not kept: where the record is checked, there is another enterprise. */
const actorFor = (type: unknown, id: unknown): Actor =>
  type === "user" ? { subject: "user", id: String(id) } : ENTERPRISE;

function claimsOf(assertion: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(Buffer.from(assertion.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return {};
  }
}
