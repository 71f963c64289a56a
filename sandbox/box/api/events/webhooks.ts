import type { HttpResponse } from "../../../http/server.ts";
import { nextNumber } from "../../state.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import type { BoxWebhook } from "../../webhooks/subscriptions.ts";
import { TRIGGERS } from "../../webhooks/triggers.ts";
import { miniUser } from "../../webhooks/webhook-event.ts";
import type { Call } from "../call.ts";
import { ApiRefusal, apiJson, notFound } from "../errors.ts";
import { itemFor } from "../items/access.ts";
import { markerPage } from "../marker-page.ts";
import { invalidParameter, missingParameter, requiredIdIn, requiredText } from "../parameters.ts";
import { type Ids, type Route, route } from "../route.ts";
import { webhookAddress } from "./webhook-address.ts";

const SCOPES = ["manage_webhook"] as const;
const PATH = "/2.0/webhooks/{webhook_id}";

export const WEBHOOKS: readonly Route[] = [
  route("GET", "/2.0/webhooks", SCOPES, list),
  route("POST", "/2.0/webhooks", SCOPES, create),
  route("GET", PATH, SCOPES, read),
  route("PUT", PATH, SCOPES, update),
  route("DELETE", PATH, SCOPES, remove),
];

type WebhookIds = Ids<typeof PATH>;

/** Most webhooks of an app and a user. */
const MAX_WEBHOOKS = 1_000;

const miniWebhook = ({ id, target }: BoxWebhook) => ({ type: "webhook", id, target });

function respond({ state }: Call, webhook: BoxWebhook, status = 200): HttpResponse {
  const { userId, address, triggers, createdAt } = webhook;
  const user = state.users.get(userId);
  return apiJson(status, {
    ...miniWebhook(webhook),
    ...(user && { created_by: miniUser(user) }),
    ...{ created_at: boxTimestamp(createdAt), address, triggers },
  });
}

/** The webhooks of the app and the user: no others are visible, not even to an admin. */
const ownWebhooks = ({ state, app, user }: Call): readonly BoxWebhook[] =>
  [...state.webhooks.values()].filter(
    ({ clientId, userId }) => clientId === app.clientId && userId === user.id,
  );

/** @throws ApiRefusal */
function find(call: Call, id: string): BoxWebhook {
  const webhook = ownWebhooks(call).find((candidate) => candidate.id === id);
  if (webhook === undefined) throw notFound("webhook", id);
  return webhook;
}

function list(call: Call): HttpResponse {
  return apiJson(200, markerPage(call.query, ownWebhooks(call), miniWebhook));
}

function create(call: Call): HttpResponse {
  const { state, app, user, body } = call;
  const target = targetOf(call);
  const address = webhookAddress(requiredText(body, "address"));
  const triggers = triggersOf(body.triggers, target);
  requireFree(call, target);
  if (ownWebhooks(call).length >= MAX_WEBHOOKS) {
    throw invalidParameter("target", `An app has at most ${MAX_WEBHOOKS} webhooks of a user`);
  }
  const webhook: BoxWebhook = {
    ...{ id: String(nextNumber(state, "webhook")), clientId: app.clientId, userId: user.id },
    ...{ target, address, triggers, createdAt: call.now() },
  };
  state.webhooks.set(webhook.id, webhook);
  return respond(call, webhook, 201);
}

function read(call: Call, { webhook_id: id }: WebhookIds): HttpResponse {
  return respond(call, find(call, id));
}

function update(call: Call, { webhook_id: id }: WebhookIds): HttpResponse {
  const webhook = find(call, id);
  const { body } = call;
  const target = body.target === undefined ? webhook.target : targetOf(call);
  const address =
    body.address === undefined ? webhook.address : webhookAddress(requiredText(body, "address"));
  const triggers = triggersOf(body.triggers ?? webhook.triggers, target);
  requireFree(call, target, webhook);
  Object.assign(webhook, { target, address, triggers });
  return respond(call, webhook);
}

function remove(call: Call, { webhook_id: id }: WebhookIds): HttpResponse {
  call.state.webhooks.delete(find(call, id).id);
  return { status: 204 };
}

function targetOf(call: Call): BoxWebhook["target"] {
  const { type } = Object(call.body.target);
  const id = requiredIdIn(call.body, "target");
  if (type !== "file" && type !== "folder") {
    throw invalidParameter("target.type", "'target.type' must be file or folder");
  }
  if (id === "0") throw invalidParameter("target.id", "A webhook cannot be on the root folder");
  itemFor(call, id, type);
  return { type, id };
}

function triggersOf(value: unknown, { type }: BoxWebhook["target"]): readonly string[] {
  if (!Array.isArray(value) || value.length === 0) throw missingParameter("triggers");
  for (const trigger of value) {
    const targets = typeof trigger === "string" && Object.hasOwn(TRIGGERS, trigger) ? TRIGGERS[trigger] : [];
    if (targets?.includes(type)) continue;
    const allowed = Object.keys(TRIGGERS).filter((name) => TRIGGERS[name]?.includes(type));
    throw invalidParameter("triggers", `The triggers of a ${type} are ${allowed.join(", ")}`);
  }
  return [...new Set<string>(value)];
}

/** An item has one webhook of an app and a user, whatever the triggers are. */
function requireFree(call: Call, { type, id }: BoxWebhook["target"], of?: BoxWebhook): void {
  const other = ownWebhooks(call).find(
    (webhook) => webhook !== of && webhook.target.type === type && webhook.target.id === id,
  );
  if (other === undefined) return;
  const message = `The ${type} ${id} has the webhook ${other.id} of this app and user`;
  const errors = [{ reason: "invalid_parameter", name: "target", message }];
  throw new ApiRefusal("conflict", { context: { errors } });
}
