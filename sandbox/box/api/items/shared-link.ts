import { randomBytes } from "node:crypto";
import { isObject } from "../../../../schemas/json/is-object.ts";
import { type BoxItem, currentVersion, type SharedLink, type SharedLinkAccess } from "../../items/item.ts";
import { boxTimestamp } from "../../webhooks/signature.ts";
import type { Call } from "../call.ts";
import { ApiRefusal } from "../errors.ts";
import { invalidParameter, optionalFlag, optionalText, optionalTime } from "../parameters.ts";

/** In the order of Box's reference; the first is the default, which an admin chooses at Box. */
const ACCESS = ["open", "company", "collaborators"] as const satisfies readonly SharedLinkAccess[];
const SHORTEST_VANITY_NAME = 12;

/** The shared link of an item as Box shows it; `null` where there is none or it has ended. */
export function sharedLink(item: BoxItem, now: number): object | null {
  const link = item.sharedLink;
  if (link === undefined || (link.unsharedAt ?? Number.POSITIVE_INFINITY) <= now) return null;
  return {
    url: link.url,
    download_url: item.type === "file" && link.canDownload ? downloadUrl(link.url, item) : null,
    vanity_url: link.vanityName === undefined ? null : `https://app.box.com/v/${link.vanityName}`,
    vanity_name: link.vanityName ?? null,
    effective_access: link.access,
    effective_permission: link.canDownload ? "can_download" : "can_preview",
    is_password_enabled: link.password !== undefined,
    unshared_at: link.unsharedAt === undefined ? null : boxTimestamp(link.unsharedAt),
    download_count: link.downloadCount,
    preview_count: link.previewCount,
    access: link.access,
    permissions: { can_preview: true, can_download: link.canDownload, can_edit: false },
  };
}

function downloadUrl(url: string, file: BoxItem): string {
  const extension = /\.[^.]+$/.exec(currentVersion(file).name)?.[0] ?? "";
  return `${url.replace("/s/", "/shared/static/")}${extension}`;
}

/**
 * The link that an update of the item makes of the one it has; `undefined` removes it. Properties that the update does
 * not name stay as they are.
 * @param requested `shared_link` of the body
 * @throws ApiRefusal
 */
export function changedLink(call: Call, item: BoxItem, requested: unknown): SharedLink | undefined {
  if (requested === null) return undefined;
  if (!isObject(requested)) throw invalidParameter("shared_link", "'shared_link' must be an object or null");
  const old = item.sharedLink;
  const access = accessOf(requested, old);
  const permissions = isObject(requested.permissions) ? requested.permissions : {};
  const password = passwordOf(requested, access, old);
  const vanityName = vanityNameOf(call, item, requested) ?? old?.vanityName;
  const unsharedAt = requested.unshared_at === null ? undefined : (endOf(call, requested) ?? old?.unsharedAt);
  const canDownload = optionalFlag(permissions, "can_download");
  if (canDownload !== undefined && access === "collaborators") {
    throw invalidParameter("can_download", "'can_download' goes with the access 'open' or 'company' alone");
  }
  return {
    url: old?.url ?? `https://app.box.com/s/${randomBytes(16).toString("hex")}`,
    access,
    canDownload: canDownload ?? old?.canDownload ?? true,
    ...(password === undefined ? {} : { password }),
    ...(vanityName === undefined ? {} : { vanityName }),
    ...(unsharedAt === undefined ? {} : { unsharedAt }),
    downloadCount: old?.downloadCount ?? 0,
    previewCount: old?.previewCount ?? 0,
  };
}

type RequestedLink = Readonly<Record<string, unknown>>;

function accessOf(requested: RequestedLink, old: SharedLink | undefined): SharedLinkAccess {
  const text = optionalText(requested, "access");
  if (text === undefined) return old?.access ?? ACCESS[0];
  const access = ACCESS.find((level) => level === text);
  if (access === undefined) throw invalidParameter("access", `Invalid value '${text}' for 'access'`);
  return access;
}

/** At least eight characters, with a digit, an upper case letter or a character that is neither. */
function passwordOf(
  requested: RequestedLink,
  access: SharedLinkAccess,
  old: SharedLink | undefined,
): string | undefined {
  if (requested.password === null) return undefined;
  const password = optionalText(requested, "password");
  if (password === undefined) return access === "open" ? old?.password : undefined;
  if (access !== "open") throw invalidParameter("password", "A password goes with the access 'open' alone");
  if (password.length < 8 || !/[^a-z]/.test(password)) {
    throw invalidParameter(
      "password",
      "The password must have eight characters, not only lower case letters",
    );
  }
  return password;
}

function vanityNameOf({ state }: Call, item: BoxItem, requested: RequestedLink): string | undefined {
  const name = optionalText(requested, "vanity_name");
  if (name === undefined) return undefined;
  if (name.length < SHORTEST_VANITY_NAME) {
    throw invalidParameter("vanity_name", `'vanity_name' must have ${SHORTEST_VANITY_NAME} characters`);
  }
  const isTaken = [...state.items.values()].some(
    (other) => other !== item && other.sharedLink?.vanityName === name,
  );
  if (isTaken) throw new ApiRefusal("conflict");
  return name;
}

function endOf(call: Call, requested: RequestedLink): number | undefined {
  const end = optionalTime(requested, "unshared_at");
  if (end !== undefined && end <= call.now()) {
    throw invalidParameter("unshared_at", "'unshared_at' must be in the future");
  }
  return end;
}

/** Gives the item the link, or takes it away. */
export function setLink({ state }: Call, item: BoxItem, link: SharedLink | undefined): void {
  if (item.sharedLink !== undefined) state.sharedLinks.delete(item.sharedLink.url);
  if (link === undefined) delete item.sharedLink;
  else {
    item.sharedLink = link;
    state.sharedLinks.set(link.url, item.id);
  }
}
