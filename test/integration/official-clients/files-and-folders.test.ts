import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { BoxClient, BoxDeveloperTokenAuth } from "box-node-sdk";
import { BoxApiError } from "box-node-sdk/box";
import { BaseUrls, NetworkSession } from "box-node-sdk/networking";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { enterpriseToken, type Scene, scene } from "../sandbox/box-requests.ts";

/** The official SDK, as published, over a socket: its own types read every response. */
let at: Scene;
let client: BoxClient;
let folderId: string;
let count = 0;

beforeAll(async () => {
  at = await scene();
  const { url } = at.box;
  const baseUrls = new BaseUrls({ baseUrl: url, uploadUrl: `${url}/api`, oauth2Url: `${url}/oauth2` });
  const auth = new BoxDeveloperTokenAuth({ token: await enterpriseToken(at) });
  client = new BoxClient({ auth, networkSession: new NetworkSession({ baseUrls }) });
});
afterAll(() => at.box.close());
beforeEach(async () => {
  folderId = (await client.folders.createFolder({ name: `SDK ${++count}`, parent: { id: "0" } })).id;
});

const upload = async (name: string, text: string) => {
  const attributes = { name, parent: { id: folderId } };
  const files = await client.uploads.uploadFile({ attributes, file: Readable.from([Buffer.from(text)]) });
  return files.entries?.[0] ?? expect.fail("no file");
};

async function textOf(stream: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream ?? []) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Status and code of the refusal that the SDK throws. */
async function refusal(attempt: Promise<unknown>): Promise<readonly unknown[]> {
  const error = await attempt.then(
    () => expect.fail("not refused"),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof BoxApiError)) throw error;
  // The SDK has the code as JSON, with its quotes.
  return [error.responseInfo.statusCode, JSON.parse(error.responseInfo.code ?? "null")];
}

describe("box-node-sdk 10", () => {
  test("creates, lists, updates, moves, copies and deletes folders", async () => {
    const { folders } = client;
    const child = await folders.createFolder({ name: "Child", parent: { id: folderId } });
    const other = await folders.createFolder({ name: "Other", parent: { id: folderId } });
    const page = await folders.getFolderItems(folderId, { queryParams: { limit: 1, usemarker: true } });
    expect([page.entries?.[0]?.name, typeof page.nextMarker]).toEqual(["Child", "string"]);
    const moved = await folders.updateFolderById(child.id, {
      requestBody: { name: "Moved", parent: { id: other.id } },
      headers: { ifMatch: child.etag ?? "" },
    });
    expect([moved.name, moved.parent?.id, moved.etag]).toEqual(["Moved", other.id, "1"]);
    const copy = await folders.copyFolder(other.id, { name: "Copy", parent: { id: folderId } });
    expect(copy.itemCollection?.entries?.[0]?.name).toBe("Moved");
    await folders.deleteFolderById(other.id, { queryParams: { recursive: true } });
    expect(await refusal(folders.getFolderById(other.id))).toEqual([404, "trashed"]);
    // Of a call whose success has no body, the SDK does not read the refusal either.
    expect(await refusal(folders.deleteFolderById(copy.id))).toEqual([400, null]);
    expect(await refusal(folders.createFolder({ name: "copy", parent: { id: folderId } }))).toEqual([
      409,
      "item_name_in_use",
    ]);
  });

  test("uploads with its preflight check, downloads whole and in part", async () => {
    const file = await upload("hello.txt", "hello world");
    expect([file.name, file.size, file.etag]).toEqual(["hello.txt", 11, "0"]);
    expect(await textOf(await client.downloads.downloadFile(file.id))).toBe("hello world");
    const range = "bytes=6-10";
    expect(await textOf(await client.downloads.downloadFile(file.id, { headers: { range } }))).toBe("world");
    expect(await client.downloads.getDownloadFileUrl(file.id)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/dl\//);
    const checked = { name: "hello.txt", parent: { id: folderId } };
    const check = client.uploads.preflightFileUploadCheck(checked);
    expect(await refusal(check)).toEqual([409, "item_name_in_use"]);
    const accepted = await client.uploads.preflightFileUploadCheck({ ...checked, name: "new.txt" });
    expect(accepted?.uploadUrl).toBe(`${at.box.url}/api/2.0/files/content`);
    const attributes = { name: "checked.txt", parent: { id: folderId }, size: 1 };
    const withCheck = await client.uploads.uploadWithPreflightCheck({
      attributes,
      file: Readable.from([Buffer.from("x")]),
    });
    expect(withCheck.entries?.[0]?.name).toBe("checked.txt");
  });

  test("uploads versions, promotes, deletes and restores them", async () => {
    const file = await upload("file.txt", "one");
    const two = await client.uploads.uploadFileVersion(
      file.id,
      { attributes: { name: "file.txt" }, file: Readable.from([Buffer.from("two")]) },
      { headers: { ifMatch: file.etag ?? "" } },
    );
    expect(two.entries?.[0]?.etag).toBe("1");
    const [past] = (await client.fileVersions.getFileVersions(file.id)).entries ?? [];
    const id = past?.id ?? "";
    expect(past?.sha1).toBe(createHash("sha1").update("one").digest("hex"));
    expect((await client.fileVersions.getFileVersionById(file.id, id)).versionNumber).toBe("1");
    await client.fileVersions.promoteFileVersion(file.id, { requestBody: { id, type: "file_version" } });
    expect(await textOf(await client.downloads.downloadFile(file.id))).toBe("one");
    await client.fileVersions.deleteFileVersionById(file.id, id);
    const restored = await client.fileVersions.updateFileVersionById(file.id, id, {
      requestBody: { trashedAt: null },
    });
    expect(restored.restoredBy?.id).toBe(at.app.serviceAccountId);
  });

  test("updates, copies, trashes, restores and ends files", async () => {
    const { id } = await upload("file.txt", "text");
    const updated = await client.files.updateFileById(id, {
      requestBody: { name: "renamed.txt", description: "A file", tags: ["a"] },
      queryParams: { fields: ["name", "description", "tags", "permissions"] },
    });
    expect(updated).toMatchObject({ name: "renamed.txt", description: "A file", tags: ["a"] });
    expect(updated.permissions?.canDownload).toBe(true);
    const copy = await client.files.copyFile(id, { name: "copy.txt", parent: { id: folderId } });
    await client.files.deleteFileById(copy.id, { headers: { ifMatch: "0" } });
    expect((await client.trashedFiles.getTrashedFileById(copy.id)).itemStatus).toBe("trashed");
    const listed = await client.trashedItems.getTrashedItems({ fields: ["name"] });
    expect(listed.entries?.map((entry) => entry.id)).toContain(copy.id);
    const restored = await client.trashedFiles.restoreFileFromTrash(copy.id, {
      requestBody: { name: "again.txt" },
    });
    expect([restored.name, restored.itemStatus]).toEqual(["again.txt", "active"]);
    await client.files.deleteFileById(copy.id);
    await client.trashedFiles.deleteTrashedFileById(copy.id);
    expect(await refusal(client.files.getFileById(copy.id))).toEqual([404, "not_found"]);
    await client.folders.deleteFolderById(folderId, { queryParams: { recursive: true } });
    expect((await client.trashedFolders.getTrashedFolderById(folderId)).itemStatus).toBe("trashed");
    expect((await client.trashedFolders.restoreFolderFromTrash(folderId)).id).toBe(folderId);
    await client.folders.deleteFolderById(folderId, { queryParams: { recursive: true } });
    await client.trashedFolders.deleteTrashedFolderById(folderId);
    expect(await refusal(client.files.getFileById(id))).toEqual([404, "not_found"]);
  });

  test("makes, reads, changes and removes shared links", async () => {
    const { id } = await upload("shared.txt", "text");
    const fields = { fields: "shared_link" };
    const files = client.sharedLinksFiles;
    const made = await files.addShareLinkToFile(
      id,
      { sharedLink: { access: "open", password: "S3cret-one" } },
      fields,
    );
    const url = made.sharedLink?.url ?? "";
    expect((await files.getSharedLinkForFile(id, fields)).sharedLink?.url).toBe(url);
    const boxapi = `shared_link=${url}&shared_link_password=S3cret-one`;
    expect((await files.findFileForSharedLink({}, { boxapi })).id).toBe(id);
    const changed = await files.updateSharedLinkOnFile(id, { sharedLink: { access: "company" } }, fields);
    expect(changed.sharedLink?.effectiveAccess).toBe("company");
    const removed = await files.removeSharedLinkFromFile(id, { sharedLink: null }, fields);
    expect(removed.sharedLink ?? null).toBeNull();
    const folders = client.sharedLinksFolders;
    const folder = await folders.addShareLinkToFolder(folderId, { sharedLink: {} }, fields);
    const header = { boxapi: `shared_link=${folder.sharedLink?.url}` };
    expect((await folders.findFolderForSharedLink({}, header)).id).toBe(folderId);
  });

  test("uploads a large file in parts", async () => {
    const content = randomBytes(20_000_000);
    const stream = Readable.from([content]);
    const file = await client.chunkedUploads.uploadBigFile(stream, "large.bin", content.length, folderId);
    expect(file).toMatchObject({ name: "large.bin", size: content.length });
    expect(file.sha1).toBe(createHash("sha1").update(content).digest("hex"));
    const small = { folderId, fileSize: 19_999_999, fileName: "small.bin" };
    expect(await refusal(client.chunkedUploads.createFileUploadSession(small))).toEqual([
      400,
      "file_size_too_small",
    ]);
  });
});
