import { isObject } from "../../../../schemas/json/is-object.ts";
import type { BoxItem, FileLock } from "../../items/item.ts";
import type { Ability } from "../../items/roles.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import type { Call } from "../call.ts";
import { ApiRefusal } from "../errors.ts";
import { invalidParameter, optionalFlag, optionalTime } from "../parameters.ts";
import { actionStamp } from "./action-stamp.ts";

/** What a lock keeps every user from but the one who made it. */
const LOCKED: readonly Ability[] = ["edit", "rename", "delete"];

/** @throws ApiRefusal where another user's lock keeps the user from it */
export function requireUnlocked({ user, now }: Call, item: BoxItem, ability: Ability): void {
  const lock = currentLock(item, now());
  if (lock === undefined || lock.made.byId === user.id) return;
  if (LOCKED.includes(ability) || (ability === "download" && lock.isDownloadPrevented)) {
    throw new ApiRefusal("access_denied_item_locked");
  }
}

function currentLock({ lock }: BoxItem, now: number): FileLock | undefined {
  return lock !== undefined && (lock.expiresAt ?? Number.POSITIVE_INFINITY) > now ? lock : undefined;
}

/** The lock of a file as Box shows it; `null` where there is none. @param createdBy who made it, as Box shows a user */
export function lockInfo(item: BoxItem, now: number, createdBy: (id: string) => object): object | null {
  const lock = currentLock(item, now);
  if (lock === undefined) return null;
  return {
    ...{
      type: "lock",
      id: lock.id,
      created_by: createdBy(lock.made.byId),
      created_at: boxTimestamp(lock.made.at),
    },
    ...(lock.expiresAt === undefined ? {} : { expired_at: boxTimestamp(lock.expiresAt) }),
    is_download_prevented: lock.isDownloadPrevented,
  };
}

/** The lock that `lock` in the body makes; `undefined` removes it. @throws ApiRefusal */
export function changedLock(call: Call, item: BoxItem, wanted: unknown): FileLock | undefined {
  if (wanted === null) return undefined;
  // Box's SDKs send `access`, its document requires `type`.
  if (!isObject(wanted) || ![wanted.type, wanted.access].includes("lock")) {
    throw invalidParameter("lock", "'lock' must be null or an object of the type 'lock'");
  }
  const expiresAt = optionalTime(wanted, "expires_at");
  if (expiresAt !== undefined && expiresAt <= call.now()) {
    throw invalidParameter("expires_at", "'expires_at' must be in the future");
  }
  return {
    id: `7${item.id}`,
    made: actionStamp(call),
    isDownloadPrevented: optionalFlag(wanted, "is_download_prevented") ?? false,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
