import { addItem } from "./items/create.ts";
import type { BoxItem } from "./items/item.ts";
import { type BoxApp, type BoxState, type BoxUser, nextId } from "./state.ts";

/** The people and files that every sandbox has, by role. */
export interface Sample {
  readonly managedUser: BoxUser;
  readonly appUser: BoxUser;
  /** Folder with a file and a subfolder that has another one. */
  readonly reports: BoxItem;
  readonly reportFile: BoxItem;
  readonly nestedFile: BoxItem;
  /** A sibling that a token for `reports` must not open. */
  readonly payroll: BoxItem;
  readonly payrollFile: BoxItem;
  /** Belongs to the managed user alone. */
  readonly privateFolder: BoxItem;
  readonly sharedLink: string;
}

/** Fills the app's enterprise with two users and a small tree that its Service Account owns. */
export function addSample(state: BoxState, app: BoxApp): Sample {
  const { enterpriseId, serviceAccountId: owner } = app;
  const managedUser = user(state, {
    name: "Mona Managed",
    login: "mona@example.com",
    enterpriseId,
    kind: "managed",
  });
  const appUser = user(state, {
    name: "App User",
    login: "AppUser_1@boxdevedition.com",
    enterpriseId,
    kind: "app-user",
  });
  const reports = folder(state, "Reports", "0", owner);
  const year = folder(state, "2026", reports.id, owner);
  const payroll = folder(state, "Payroll", "0", owner);
  const reportFile = file(state, "summary.txt", reports.id, owner);
  const sharedLink = "https://app.box.com/s/sandboxsummary";
  state.sharedLinks.set(sharedLink, reportFile.id);
  const link = { access: "open", canDownload: true, downloadCount: 0, previewCount: 0 } as const;
  reportFile.sharedLink = { url: sharedLink, ...link };
  return {
    managedUser,
    appUser,
    reports,
    reportFile,
    nestedFile: file(state, "january.txt", year.id, owner),
    payroll,
    payrollFile: file(state, "salaries.txt", payroll.id, owner),
    privateFolder: folder(state, "Mona's folder", "0", managedUser.id),
    sharedLink,
  };
}

/** Users and items with given ids, visible to the app's Service Account; existing ones stay unchanged. */
export function addNamedItems(
  state: BoxState,
  { enterpriseId, serviceAccountId: owner }: BoxApp,
  named: Readonly<Record<"users" | "files" | "folders", readonly string[]>>,
): void {
  for (const id of named.users) {
    if (state.users.has(id)) continue;
    const facts = { name: `User ${id}`, login: `user-${id}@example.com`, kind: "managed" } as const;
    state.users.set(id, { id, enterpriseId, ...facts });
  }
  for (const id of named.folders) addNamedItem(state, "folder", id, owner);
  for (const id of named.files) addNamedItem(state, "file", id, owner);
}

function addNamedItem(state: BoxState, type: BoxItem["type"], id: string, owner: string): void {
  const known = state.items.get(id);
  if (known !== undefined && known.ownerId !== owner) known.collaborators.set(owner, "editor");
  if (known !== undefined || id === "0") return;
  const content = Buffer.from(type === "file" ? `This is file ${id}.\n` : "");
  addItem(state, { id, type, name: `${type} ${id}`, parentId: "0", ownerId: owner, content });
  if (type === "folder") file(state, "example.txt", id, owner);
}

function user(state: BoxState, facts: Omit<BoxUser, "id">): BoxUser {
  const added = { ...facts, id: nextId(state.users, "3") };
  state.users.set(added.id, added);
  return added;
}

function folder(state: BoxState, name: string, parentId: string, ownerId: string): BoxItem {
  return addItem(state, { type: "folder", name, parentId, ownerId });
}

function file(state: BoxState, name: string, parentId: string, ownerId: string): BoxItem {
  return addItem(state, {
    type: "file",
    name,
    parentId,
    ownerId,
    content: Buffer.from(`This is ${name}.\n`),
  });
}
