import { randomUUID } from "node:crypto";
import { type BoxItem, currentVersion } from "../items/item.ts";
import type { BoxApp, BoxUser } from "../state.ts";
import type { Tokens } from "../tokens.ts";
import { boxTimestamp } from "./signature.ts";
import { miniUser } from "./webhook-event.ts";

export interface SkillTrigger {
  /** The Custom Skill's app. */
  readonly app: BoxApp;
  readonly file: BoxItem;
  /** Who uploaded the file. */
  readonly user: BoxUser;
  readonly skillId?: string;
  /** Both are in Box's documentation: seconds of life, and seconds since 1970. Default `seconds`. */
  readonly expiresIn?: "seconds" | "epoch";
}

const TOKEN_LIFE_SECONDS = 3_600;

/** What each token of an invocation may do; `true` marks the scopes that are bound to the file. */
const TOKEN_SCOPES = {
  read: { gcm: false, item_read: true },
  write: { gcm: false, item_upload: true, manage_skill_invocations: false },
} as const satisfies Record<string, Readonly<Record<string, boolean>>>;

/**
 * A `skill_invocation` in the form of Box's documentation, with two living tokens for the file.
 * @param now Box's clock, in milliseconds since 1970
 */
export function skillInvocation(
  tokens: Tokens,
  now: number,
  { app, file, user, skillId = "137", expiresIn = "seconds" }: SkillTrigger,
): object {
  const eventId = randomUUID();
  const created_at = boxTimestamp(now);
  const source = sourceOf(app, file);
  const expires = expiresIn === "seconds" ? TOKEN_LIFE_SECONDS : Math.floor(now / 1_000) + TOKEN_LIFE_SECONDS;
  const tokenFor = (kind: keyof typeof TOKEN_SCOPES) => ({
    access_token: mint(tokens, app, file, TOKEN_SCOPES[kind]),
    expires_in: expires,
    restricted_to: restrictedTo(file, TOKEN_SCOPES[kind]),
    token_type: "bearer",
  });
  return {
    type: "skill_invocation",
    skill: { id: skillId, type: "skill", name: "Sandbox Skill", api_key: app.clientId },
    token: { write: tokenFor("write"), read: tokenFor("read") },
    status: { state: "invoked", message: "", error_code: "", additional_info: "" },
    id: `${eventId}_${file.id}`,
    created_at,
    trigger: "FILE_CONTENT",
    enterprise: { type: "enterprise", id: app.enterpriseId, name: "Sandbox Enterprise" },
    source: { ...source, size: currentVersion(file).content.length },
    event: {
      event_id: eventId,
      event_type: "ITEM_UPLOAD",
      created_at,
      created_by: miniUser(user),
      source,
    },
    parameters: {},
  };
}

/** `gcm` reaches every file of the enterprise, so the token acts as the file's owner, bound to the file. */
function mint(
  tokens: Tokens,
  { clientId }: BoxApp,
  file: BoxItem,
  scopes: Readonly<Record<string, boolean>>,
): string {
  const facts = { clientId, userId: file.ownerId, itemId: file.id, downscoped: true };
  return tokens.mint({ ...facts, scopes: new Set(Object.keys(scopes)) }, TOKEN_LIFE_SECONDS).value;
}

/** JSON inside a JSON string, and the id as a number. */
function restrictedTo(file: BoxItem, scopes: Readonly<Record<string, boolean>>): string {
  const object = { object_id: Number(file.id), object_type: "file" };
  return JSON.stringify(
    Object.entries(scopes).map(([scope, isBound]) => (isBound ? { scope, ...object } : { scope })),
  );
}

function sourceOf({ enterpriseId }: BoxApp, file: BoxItem) {
  return {
    type: "file",
    id: file.id,
    name: file.name,
    sequence_id: String(file.revision),
    file_version: { id: currentVersion(file).id },
    owner_enterprise_id: enterpriseId,
    parent: { id: file.parentId },
    old_parent_id: file.parentId,
    collab_accessible_by: { type: "", id: "", name: "", login: "" },
  };
}
