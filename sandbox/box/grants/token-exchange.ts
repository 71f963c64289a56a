import { decodeJwt } from "../assertion.ts";
import { requireThat } from "../errors.ts";
import type { Form } from "../form.ts";
import type { Granted, GrantRequest } from "../grant-request.ts";
import type { BoxItem } from "../items/item.ts";
import { miniItem } from "../items/mini.ts";
import { sharedWith } from "../items/shared-with.ts";
import { canSee, isTrashed, isWithin } from "../items/tree.ts";
import { hasScope } from "../scopes.ts";
import { activeUser, type BoxState, type BoxUser } from "../state.ts";
import type { AccessToken } from "../tokens.ts";

const ACCESS_TOKEN_TYPE = "urn:ietf:params:oauth:token-type:access_token";
const RESOURCE_PATH = /^https?:\/\/[^/]+\/(?:.+\/)?2\.0\/(files|folders)\/(\d+)$/;

/**
 * Token exchange (RFC 8693), which Box uses to downscope. Needs no client authentication: who holds a token
 * may narrow it. The new token never outlives the old one.
 */
export function tokenExchange(request: GrantRequest): Granted {
  const { form, state, tokens, now } = request;
  const parent = request.useToken(form.get("subject_token") ?? "");
  requireThat(parent !== undefined && form.get("subject_token_type") === ACCESS_TOKEN_TYPE, "subjectToken");
  const user = activeUser(state, parent.userId);
  requireThat(user !== undefined, "subjectToken");
  const { lagSeconds } = request;
  // Without a lag, a token from a clock that was set back is as good as any.
  requireThat(lagSeconds === 0 || now - parent.issuedAt / 1_000 >= lagSeconds, "subjectTokenRefused");
  checkActor(form, now);
  const scopes = (form.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  requireThat(scopes.length > 0, "scopeMissing");
  requireThat(
    scopes.every((scope) => hasScope(parent.scopes, scope)),
    "scopeTooWide",
  );
  const item = requestedItem(request, parent, user);
  const expiresIn = Math.min(request.expiresIn, tokens.secondsLeft(parent));
  const { clientId, userId } = parent;
  const bound = item === undefined ? {} : { itemId: item.id };
  const { value } = tokens.mint(
    { clientId, userId, scopes: new Set(scopes), downscoped: true, ...bound },
    expiresIn,
  );
  return {
    access_token: value,
    expires_in: expiresIn,
    restricted_to: scopes.map((scope) =>
      item === undefined ? { scope } : { scope, object: miniItem(item) },
    ),
    token_type: "bearer",
    issued_token_type: ACCESS_TOKEN_TYPE,
  };
}

/** The item that the new token is bound to: the requested one, else that of the subject token. */
function requestedItem(
  { form, state, now }: GrantRequest,
  parent: AccessToken,
  user: BoxUser,
): BoxItem | undefined {
  const [resource, link] = [form.get("resource"), form.get("box_shared_link")];
  requireThat(resource === undefined || link === undefined, "resourceAndLink");
  if (resource === undefined && link === undefined) return state.items.get(parent.itemId ?? "");
  const item = link === undefined ? itemAt(resource, state, user) : itemOfLink(link, state, user, now);
  requireThat(item !== undefined, "resource");
  requireThat(parent.itemId === undefined || isWithin(state, item, parent.itemId), "resource");
  return item;
}

/** Clients send api.box.com or the base URL they were given: the host is ignored. */
function itemAt(resource: string | undefined, state: BoxState, user: BoxUser): BoxItem | undefined {
  const [, kind, id = ""] = RESOURCE_PATH.exec(resource ?? "") ?? [];
  const item = state.items.get(id);
  if (item?.type !== (kind === "files" ? "file" : "folder") || isTrashed(state, item)) return undefined;
  return canSee(state, user, item) ? item : undefined;
}

/** A request has no parameter for the link's password. */
function itemOfLink(url: string, state: BoxState, user: BoxUser, now: number): BoxItem | undefined {
  const shared = sharedWith(state, user, url, now * 1_000);
  return shared?.link.password === undefined ? shared?.item : undefined;
}

/** An annotator is named by a JWT that the official SDKs leave unsigned: `none` is accepted here alone. */
function checkActor(form: Form, now: number): void {
  const token = form.get("actor_token");
  if (token === undefined) return;
  const jwt = decodeJwt(token);
  requireThat(jwt !== undefined && jwt.header.alg === "none" && jwt.compact.endsWith("."), "actorToken");
  const { sub, box_sub_type, exp } = jwt.claims;
  requireThat(typeof sub === "string" && box_sub_type === "external", "actorToken");
  requireThat(typeof exp === "number" && exp > now, "actorToken");
}
