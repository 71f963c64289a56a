import type { FolderSettings } from "../../items/item.ts";
import { invalidParameter, optionalFlag, optionalText } from "../parameters.ts";

const SYNC_STATES = ["synced", "not_synced", "partially_synced"] as const;

/** The settings of a folder that the body of a call names. @throws ApiRefusal */
export function folderSettings(body: Readonly<Record<string, unknown>>): Partial<FolderSettings> {
  const given: { [Name in keyof FolderSettings]: FolderSettings[Name] | undefined } = {
    canNonOwnersInvite: optionalFlag(body, "can_non_owners_invite"),
    canNonOwnersViewCollaborators: optionalFlag(body, "can_non_owners_view_collaborators"),
    isCollaborationRestrictedToEnterprise: optionalFlag(body, "is_collaboration_restricted_to_enterprise"),
    syncState: syncStateOf(body),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

function syncStateOf(body: Readonly<Record<string, unknown>>): FolderSettings["syncState"] | undefined {
  const text = optionalText(body, "sync_state");
  const state = SYNC_STATES.find((known) => known === text);
  if (text !== undefined && state === undefined) {
    throw invalidParameter("sync_state", `Invalid value '${text}' for 'sync_state'`);
  }
  return state;
}
