import type { BoxState, BoxUser } from "../../state.ts";
import { newAccount, USER_ATTRIBUTES, type UserAccount } from "../../user-account.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import { miniUser } from "../../webhooks/webhook-event.ts";
import { selectFields } from "../fields.ts";

const MAX_UPLOAD_SIZE = 5_368_709_120;

/** A user as the API returns it: its usual properties, or those of `fields`. */
export function userJson(
  state: BoxState,
  user: BoxUser,
  fields: string | null,
): Readonly<Record<string, unknown>> {
  const account = user.account ?? newAccount();
  return selectFields(miniUser(user), usual(state, user, account), more(user, account), fields);
}

function usual(state: BoxState, { id }: BoxUser, account: UserAccount) {
  return {
    created_at: boxTimestamp(account.createdAt),
    modified_at: boxTimestamp(account.modifiedAt),
    ...attributes(account, false),
    space_used: spaceUsed(state, id),
    max_upload_size: MAX_UPLOAD_SIZE,
    avatar_url: `https://app.box.com/api/avatar/large/${id}`,
    notification_email: account.attributes.notification_email ?? null,
  };
}

function more({ enterpriseId, kind }: BoxUser, account: UserAccount) {
  return {
    ...attributes(account, true),
    enterprise: { type: "enterprise", id: enterpriseId, name: "Sandbox Enterprise" },
    is_platform_access_only: kind !== "managed",
    hostname: "https://app.box.com/",
    my_tags: [],
  };
}

function attributes({ attributes: changed }: UserAccount, onRequest: boolean): Record<string, unknown> {
  const rows = Object.entries(USER_ATTRIBUTES).filter(([, row]) => "onRequest" in row === onRequest);
  return Object.fromEntries(rows.map(([name, { initial }]) => [name, changed[name] ?? initial]));
}

/** Every version counts, in the trash or not. */
function spaceUsed({ items }: BoxState, userId: string): number {
  let bytes = 0;
  for (const { ownerId, versions } of items.values()) {
    if (ownerId === userId) for (const { content } of versions) bytes += content.length;
  }
  return bytes;
}
