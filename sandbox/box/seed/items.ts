import { createHash, randomBytes } from "node:crypto";
import { validName } from "../api/items/names.ts";
import { addItem } from "../items/create.ts";
import type { BoxItem } from "../items/item.ts";
import type { Applying, Contents } from "./apply.ts";
import type { FileEntry, ItemEntry, SharedLinkEntry, StateDocument } from "./document.ts";

/** Adds folders, shallow ones first, then files. Folders that a path has on its way are created. */
export function applyItems(
  applying: Applying,
  { folders = [], files = [] }: StateDocument,
  contents: Contents,
): void {
  for (const { id } of [...folders, ...files]) if (id !== undefined) applying.ids.add(id);
  const depth = ({ path }: ItemEntry) => path.split("/").length;
  const ordered = [...folders.entries()].sort(([, one], [, other]) => depth(one) - depth(other));
  for (const [index, entry] of ordered) addEntry(applying, `/folders/${index}`, "folder", entry);
  for (const [index, entry] of files.entries()) {
    const content = contentOf(applying, `/files/${index}`, entry, contents.get(index));
    addEntry(applying, `/files/${index}`, "file", entry, content);
  }
}

/** Properties with which an entry says where something is, and nothing more. */
const PLACE: readonly string[] = ["path", "owner"];

type Fault = readonly [pointer: string, message: string];

function addEntry(
  applying: Applying,
  pointer: string,
  type: BoxItem["type"],
  entry: ItemEntry,
  content?: Buffer,
): void {
  const { places, report } = applying;
  const owner = places.ownerId(entry.owner);
  if ("fault" in owner) report(entry.owner === undefined ? pointer : `${pointer}/owner`, owner.fault);
  else {
    const fault = placeEntry(applying, type, entry, owner.id, content);
    if (fault !== undefined) report(`${pointer}${fault[0]}`, fault[1]);
  }
}

function placeEntry(
  applying: Applying,
  type: BoxItem["type"],
  entry: ItemEntry,
  ownerId: string,
  content: Buffer | undefined,
): Fault | undefined {
  const { state, now, places } = applying;
  const { path, id, description = "", tags = [], sharedLink = false } = entry;
  const names = path.split("/").slice(1);
  const nameFault = names.map(faultOfName).find((fault) => fault !== undefined);
  if (nameFault !== undefined) return ["/path", nameFault];
  if (id !== undefined && state.items.has(id)) return ["/id", `There is an item with the id ${id} already.`];
  const name = names.pop() ?? "";
  const parentId = folderAt(applying, names, ownerId);
  if (parentId === undefined) return ["/path", "A file is on the way to this path."];
  const known = places.in(parentId, ownerId, name);
  // A folder that the entry says nothing about is as it should be.
  if (type === "folder" && known?.type === "folder" && Object.keys(entry).every((key) => PLACE.includes(key)))
    return undefined;
  if (known !== undefined) return ["/path", "There is a file or folder of this path already."];
  const item = addItem(state, {
    ...{ id: id ?? freeId(applying), type, name, parentId, ownerId, at: now, description, tags },
    ...(content === undefined ? {} : { content }),
  });
  places.enter(item);
  return sharedLink === false ? undefined : share(applying, item, sharedLink === true ? {} : sharedLink);
}

/** The id of the folder, which is created where it is missing. */
function folderAt(applying: Applying, names: readonly string[], ownerId: string): string | undefined {
  const { state, now, places } = applying;
  let parentId = "0";
  for (const name of names) {
    let folder = places.in(parentId, ownerId, name);
    if (folder === undefined) {
      folder = addItem(state, { id: freeId(applying), type: "folder", name, parentId, ownerId, at: now });
      places.enter(folder);
    }
    if (folder.type !== "folder") return undefined;
    parentId = folder.id;
  }
  return parentId;
}

/** An id that no item has, and that the document gives none. */
function freeId({ state, ids }: Applying): string {
  for (;;) {
    const id = state.items.nextId();
    if (!ids.has(id)) return id;
  }
}

/** What Box has against a name. */
function faultOfName(name: string): string | undefined {
  try {
    validName(name);
    return undefined;
  } catch (error) {
    return `Box refuses the name ${JSON.stringify(name)}: ${error instanceof Error ? error.message : error}`;
  }
}

function contentOf(
  { report }: Applying,
  pointer: string,
  { text, base64, size = 0, sha1 }: FileEntry,
  given: Buffer | undefined,
): Buffer {
  const own = text === undefined ? base64 && Buffer.from(base64, "base64") : Buffer.from(text);
  const content = own || (given ?? Buffer.alloc(0));
  if ([text, base64, given].filter((one) => one !== undefined).length > 1)
    report(pointer, "The file has several contents; keep text, base64 or the file in the folder.");
  else if (size > 0 && content.length === 0)
    report(pointer, "The file has a size and no content: GET /state?contents=true returns both.");
  else if (
    sha1 !== undefined &&
    content.length > 0 &&
    createHash("sha1").update(content).digest("hex") !== sha1
  )
    report(`${pointer}/sha1`, "This is not the SHA-1 of the content.");
  return content;
}

function share(
  { state }: Applying,
  item: BoxItem,
  { url = `https://app.box.com/s/${randomBytes(16).toString("hex")}`, ...entry }: SharedLinkEntry,
): Fault | undefined {
  if (state.sharedLinks.has(url)) return ["/sharedLink/url", "Another item has this shared link."];
  const { access = "open", canDownload = true, password } = entry;
  const counts = { downloadCount: 0, previewCount: 0 };
  item.sharedLink = { url, access, canDownload, ...(password !== undefined && { password }), ...counts };
  state.sharedLinks.set(url, item.id);
  return undefined;
}
