import { collaborationsOn } from "../collaborations.ts";
import type { BoxItem, FileVersion } from "../items/item.ts";
import { isTrashed, lineage } from "../items/tree.ts";
import type { BoxApp, BoxState } from "../state.ts";
import type {
  AppEntry,
  CollaborationEntry,
  FileEntry,
  ItemEntry,
  StateDocument,
  UserEntry,
  WebhookEntry,
} from "./document.ts";

export interface StateOptions {
  /** Whether files have their contents; default: their size and SHA-1 alone. */
  readonly contents: boolean;
  /** Whether apps have their secret and signature keys, and shared links their passwords. */
  readonly secrets: boolean;
}

/**
 * The state as a document that another Box takes: with contents and secrets it then has the same apps, users, items, shared
 * links, invitations of users and webhooks. It is no complete copy: docs/sandbox.md lists what it lacks.
 */
export function stateDocument(state: BoxState, shown: StateOptions): Required<StateDocument> {
  const items = [...state.items.values()].filter((item) => !isTrashed(state, item));
  const order = <Entry extends ItemEntry>(entries: readonly Entry[]): readonly Entry[] =>
    entries.toSorted((one, other) => compare([one.owner, one.path], [other.owner, other.path]));
  const ofType = (type: BoxItem["type"]) => items.filter((item) => item.type === type);
  return {
    apps: [...state.apps.values()].map((app) => appEntry(app, shown)),
    users: [...state.users.values()].flatMap(({ id, name, login, kind, enterpriseId }): UserEntry[] =>
      kind === "service-account" ? [] : [{ id, name, login, kind, enterpriseId }],
    ),
    folders: order(ofType("folder").map((folder) => itemEntry(state, folder, shown))),
    files: order(
      ofType("file").map((file) => ({
        ...itemEntry(state, file, shown),
        ...contentEntry(file.versions[0], shown),
      })),
    ),
    collaborations: items
      .flatMap((item) => collaborationEntries(state, item))
      .sort((one, other) => compare([one.item, one.user], [other.item, other.user])),
    webhooks: [...state.webhooks.values()].map(
      ({ id, clientId, userId, target, address, triggers }): WebhookEntry => ({
        ...{ id, app: clientId, user: userId, item: target.id, address, triggers },
      }),
    ),
  };
}

/** In the order of their code units, which is the same on every machine. */
function compare(ones: readonly (string | undefined)[], others: readonly (string | undefined)[]): number {
  const [one, other] = [ones.join("\n"), others.join("\n")];
  return one < other ? -1 : Number(one > other);
}

function appEntry(app: BoxApp, { secrets }: StateOptions): AppEntry {
  const { clientId, clientSecret, enterpriseId, authentication, serviceAccountId, accessLevel } = app;
  const { authorized, enabled, userTokens, asUser, signatureKeys } = app;
  return {
    ...{ clientId, ...(secrets && { clientSecret }), enterpriseId, authentication, serviceAccountId },
    ...{ accessLevel, authorized, enabled, userTokens, asUser },
    scopes: [...app.scopes],
    redirectUris: [...app.redirectUris],
    publicKeys: Object.fromEntries(
      [...app.publicKeys].map(([id, key]) => [id, String(key.export({ type: "spki", format: "pem" }))]),
    ),
    ...(secrets && { signatureKeys: { ...signatureKeys } }),
  };
}

function itemEntry(state: BoxState, item: BoxItem, { secrets }: StateOptions): ItemEntry {
  const { id, description, tags, ownerId, sharedLink } = item;
  const names = lineage(state, item).map(({ name }) => name);
  const { url, access, password, canDownload } = sharedLink ?? {};
  return {
    path: `/${names.reverse().join("/")}`,
    ...{ id, owner: ownerId },
    ...(description !== "" && { description }),
    ...(tags.length > 0 && { tags }),
    ...(sharedLink && { sharedLink: { url, access, canDownload, ...(secrets && password && { password }) } }),
  } as ItemEntry;
}

/** Invitations of users, and roles that users have without one; those of groups and of addresses are left out. */
function collaborationEntries(state: BoxState, item: BoxItem): readonly CollaborationEntry[] {
  const all = collaborationsOn(state, item);
  const invitations = all.flatMap(({ grantee, role, status }): CollaborationEntry[] =>
    grantee.type === "user"
      ? [{ item: item.id, user: grantee.id, role, ...(status !== "accepted" && { status }) }]
      : [],
  );
  if (all.length > 0) return invitations;
  return [...item.collaborators].map(([user, role]) => ({ item: item.id, user, role }));
}

/** As text where the content is text. */
function contentEntry(version: FileVersion | undefined, { contents }: StateOptions): Partial<FileEntry> {
  if (version === undefined) return {};
  const { content, sha1 } = version;
  const facts = { size: content.length, sha1 };
  if (!contents) return facts;
  const text = content.toString();
  return Buffer.from(text).equals(content)
    ? { ...facts, text }
    : { ...facts, base64: content.toString("base64") };
}
