import fc from "fast-check";
import { expect, test } from "vitest";
import { api } from "../../../sandbox/box/api/respond.ts";
import { changeFeed } from "../../../sandbox/box/changes.ts";
import { downloadStore } from "../../../sandbox/box/downloads.ts";
import { addItem } from "../../../sandbox/box/items/create.ts";
import type { BoxItem } from "../../../sandbox/box/items/item.ts";
import { lineage } from "../../../sandbox/box/items/tree.ts";
import { addSample } from "../../../sandbox/box/sample.ts";
import { addApp, type BoxState, emptyState } from "../../../sandbox/box/state.ts";
import type { AccessToken } from "../../../sandbox/box/tokens.ts";
import type { HttpResponse } from "../../../sandbox/http/server.ts";
import { isObject } from "../../../schemas/json/is-object.ts";
import { areAllSampled, samples } from "../../support/samples.ts";

const NAMES = ["a", "A", "b", "c.txt", "C.TXT", "bad/name", ""] as const;

interface Step {
  readonly action: (typeof ACTIONS)[number];
  /** Indices of the item and of the destination, of those that there are. */
  readonly item: number;
  readonly to: number;
  readonly name: string;
  readonly asMona: boolean;
}

const ACTIONS = [
  ...["folder", "file", "version", "rename", "move", "copy", "share", "unshare"],
  ...["trash", "restore", "restoreTo", "purge", "promote", "describe"],
] as const;

const step: fc.Arbitrary<Step> = fc.record({
  action: fc.constantFrom(...ACTIONS),
  item: fc.nat(11),
  to: fc.nat(11),
  name: fc.constantFrom(...NAMES),
  asMona: fc.boolean(),
});

function box() {
  const state = emptyState();
  const app = addApp(state, "1234567");
  const { managedUser, reports } = addSample(state, app);
  reports.collaborators.set(managedUser.id, "editor");
  const ids = [...state.items.keys(), "0"];
  const tokenFor = (userId: string): AccessToken => ({
    ...{
      value: userId,
      clientId: app.clientId,
      userId,
      downscoped: false,
      issuedAt: 0,
      expiresAt: Number.POSITIVE_INFINITY,
    },
    scopes: new Set(["root_readwrite"]),
  });
  const now = () => Date.UTC(2026, 5, 1);
  const context = { state, changes: changeFeed(), baseUrl: "http://box", now, useToken: tokenFor };
  const downloads = downloadStore(now, () => true, new Map());
  const send = async (user: string, method: string, path: string, body?: object | Buffer, type = "") => {
    const bytes = Buffer.isBuffer(body) ? body : Buffer.from(body === undefined ? "" : JSON.stringify(body));
    const [where = "", query = ""] = path.split("?");
    const headers = { authorization: `Bearer ${user}`, "content-type": type };
    const request = { method, path: `/2.0${where}`, query, headers, body: bytes, tooLarge: false };
    const response = await api(request, { ...context, downloads });
    const id = idIn(response.body);
    if (response.status === 201 && id !== undefined && state.items.has(id)) ids.push(id);
    return response.status;
  };
  return { state, ids, send, service: app.serviceAccountId, mona: managedUser.id };
}

/** The id of the item, or of the only one in the list, that a response has. */
function idIn(body: HttpResponse["body"]): string | undefined {
  const value: unknown = JSON.parse(String(body ?? "") || "{}");
  const item = isObject(value) && Array.isArray(value.entries) ? value.entries[0] : value;
  return isObject(item) && typeof item.id === "string" ? item.id : undefined;
}

const form = (attributes: object) =>
  Buffer.from(
    `--x\r\nContent-Disposition: form-data; name="attributes"\r\n\r\n${JSON.stringify(attributes)}\r\n` +
      '--x\r\nContent-Disposition: form-data; name="file"\r\n\r\ncontent\r\n--x--',
  );

type TestBox = ReturnType<typeof box>;

function take({ state, ids, send, service, mona }: TestBox, { action, item, to, name, asMona }: Step) {
  const user = asMona ? mona : service;
  const inTrash = ids.filter((one) => state.items.get(one)?.trashed !== undefined);
  const isOfTrash = ["restore", "restoreTo", "purge"].includes(action) && inTrash.length > 0;
  const from = isOfTrash ? inTrash : ids;
  const id = from[item % from.length] ?? "0";
  const parent = { id: ids[to % ids.length] ?? "0" };
  const kind = state.items.get(id)?.type === "file" ? "files" : "folders";
  const path = `/${kind}/${id}`;
  const upload = (where: string, attributes: object) =>
    send(user, "POST", where, form(attributes), "multipart/form-data; boundary=x");
  const version = state.items.get(id)?.versions.at(-1)?.id ?? "1";
  const calls: Readonly<Record<Step["action"], () => Promise<number>>> = {
    folder: () => send(user, "POST", "/folders", { name, parent }),
    file: () => upload("/files/content", { name, parent }),
    version: () => upload(`/files/${id}/content`, { name }),
    rename: () => send(user, "PUT", path, { name }),
    describe: () => send(user, "PUT", path, { description: name, tags: [name] }),
    move: () => send(user, "PUT", path, { parent, ...(name === "" ? {} : { name }) }),
    // Each copy doubles what it is of: without a bound a few of them would fill the memory.
    // Box documents a 500 for a copy of the root.
    copy: async () =>
      state.items.size > 60 || id === "0"
        ? 400
        : send(user, "POST", `${path}/copy`, { parent, name: name || "copy" }),
    share: () => send(user, "PUT", path, { shared_link: {} }),
    unshare: () => send(user, "PUT", path, { shared_link: null }),
    trash: () => send(user, "DELETE", `${path}?recursive=true`),
    restore: () => send(user, "POST", path, {}),
    restoreTo: () => send(user, "POST", path, { parent, name: name || "back" }),
    purge: () => send(user, "DELETE", `${path}/trash`),
    promote: () => send(user, "POST", `/files/${id}/versions/current`, { type: "file_version", id: version }),
  };
  return calls[action]();
}

/** Everything of the state that a call may change. */
const snapshot = (state: BoxState): string =>
  JSON.stringify([
    [...state.items.values()].map((item) => ({
      ...item,
      collaborators: [...item.collaborators],
      versions: item.versions.map(({ content, ...version }) => version),
    })),
    [...state.sharedLinks],
  ]);

function expectConsistent(state: BoxState): void {
  const all = [...state.items.values()];
  const names = new Set<string>();
  for (const item of all) {
    const parent = state.items.get(item.parentId);
    if (item.trashed === undefined) {
      expect(item.parentId === "0" || parent?.type === "folder", "is in a folder").toBe(true);
      if (parent !== undefined) expect(item.ownerId, "belongs to the folder's owner").toBe(parent.ownerId);
      const name = [parent?.id ?? item.ownerId, item.name.toLowerCase()].join("/");
      expect(names.has(name), "has a name of its own").toBe(false);
      names.add(name);
    }
    expect(item.versions.length > 0).toBe(item.type === "file");
    expect(new Set(item.versions.map(({ id }) => id)).size).toBe(item.versions.length);
    if (item.sharedLink !== undefined) expect(state.sharedLinks.get(item.sharedLink.url)).toBe(item.id);
  }
  const linked = all.filter(({ sharedLink }) => sharedLink !== undefined);
  expect(state.sharedLinks.size).toBe(linked.length);
  const childrenOf = (id: string) => all.filter(({ parentId }) => parentId === id);
  for (const id of ["0", ...state.items.keys()]) {
    expect(new Set(state.items.childrenOf(id))).toEqual(new Set(childrenOf(id)));
  }
}

test("any changes leave every item in a folder, with a name and an owner; a refused call changes nothing", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 60, size: "max" }), async (steps) => {
      const running = box();
      const { state } = running;
      for (const next of steps) {
        const before = snapshot(state);
        const revisions = new Map([...state.items].map(([id, { revision }]) => [id, revision]));
        const status = await take(running, next);
        expect(status, `status of ${next.action}`).not.toBe(500);
        if (status >= 400) expect(snapshot(state)).toBe(before);
        else seen.add(next.action);
        expectConsistent(state);
        for (const [id, item] of state.items) {
          expect(item.revision).toBeGreaterThanOrEqual(revisions.get(id) ?? 0);
        }
      }
    }),
    { numRuns: samples(150) },
  );
  if (areAllSampled) expect([...seen].sort(), "each kind of change was made").toEqual([...ACTIONS].sort());
});

test("a path of many folders is as long as there are folders", () => {
  const state = emptyState();
  let parentId = "0";
  let item: BoxItem | undefined;
  for (let depth = 0; depth < 50; depth += 1) {
    item = addItem(state, { type: "folder", name: "deep", parentId, ownerId: "1" });
    parentId = item.id;
  }
  expect(item && lineage(state, item)).toHaveLength(50);
});
