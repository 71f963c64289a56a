import type { BoxClient } from "box-node-sdk";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { boxClient, refusal } from "../../../support/box-client.ts";
import { enterpriseToken, exchange } from "../box-requests.ts";
import { type People, people } from "./people.ts";

let at: People;
let service: BoxClient;

beforeAll(async () => {
  at = await people();
  ({ service } = at);
});
afterAll(() => at.box.close());

type Query = NonNullable<Parameters<BoxClient["search"]["searchForContent"]>[0]>;

const search = (query: string | undefined, more: Query = {}, client = service) =>
  client.search.searchForContent({ ...(query === undefined ? {} : { query }), ...more });

async function names(query: string, more: Query = {}, client = service) {
  const { entries = [] } = await search(query, more, client);
  return entries.map((entry) => ("name" in entry ? entry.name : undefined));
}

describe("a search", () => {
  test("finds files and folders by every word of the query, in any letter case", async () => {
    expect(await names("SUMMARY")).toEqual(["summary.txt"]);
    expect(await names("txt january")).toEqual(["january.txt"]);
    expect(await names('"nuary.t"')).toEqual(["january.txt"]);
    expect(await names("summary january")).toEqual([]);
  });

  test("has the exact name first", async () => {
    await service.folders.createFolder({ name: "Old Reports", parent: { id: "0" } });
    await service.folders.createFolder({ name: "Reports of old", parent: { id: "0" } });
    expect(await names("reports")).toEqual(["Reports", "Reports of old", "Old Reports"]);
  });

  test("is narrowed by type, extension, ancestor and content type", async () => {
    const { reports, payroll } = at.sample;
    expect(await names("2026", { type: "folder" })).toEqual(["2026"]);
    expect(await names("2026", { type: "file" })).toEqual([]);
    const inPayroll = { fileExtensions: ["TXT"], ancestorFolderIds: [payroll.id] };
    expect(await names("a", inPayroll)).toEqual(["salaries.txt"]);
    expect(await names("txt", { ancestorFolderIds: [reports.id] })).toEqual(["summary.txt", "january.txt"]);
    await service.folders.updateFolderById(payroll.id, {
      requestBody: { description: "Confidential wages" },
    });
    expect(await names("wages")).toEqual(["Payroll"]);
    expect(await names("wages", { contentTypes: ["name"] })).toEqual([]);
    expect(await names("wages", { contentTypes: ["description"] })).toEqual(["Payroll"]);
  });

  test("is narrowed by owner, size and time, and sorted by time", async () => {
    const owner = at.app.serviceAccountId;
    expect(await names("txt", { ownerUserIds: ["1"] })).toEqual([]);
    expect(await names("summary", { ownerUserIds: ["1", owner] })).toEqual(["summary.txt"]);
    expect(await names("txt", { sizeRange: [",1"] as never })).toEqual([]);
    expect(await names("summary", { sizeRange: ["1", "100"] as never })).toEqual(["summary.txt"]);
    const created = ["2025-12-31T00:00:00Z", "2026-01-02T00:00:00Z"];
    expect(await names("summary", { createdAtRange: created })).toEqual(["summary.txt"]);
    expect(await names("summary", { createdAtRange: ["", "2025-01-01T00:00:00Z"] })).toEqual([]);
    const order = { sort: "modified_at", direction: "DESC", type: "folder" } as const;
    at.box.clock.skewSeconds = 60;
    await service.folders.updateFolderById(at.sample.reports.id, { requestBody: { description: "touched" } });
    at.box.clock.skewSeconds = 0;
    expect((await names("reports", order))[0]).toBe("Reports");
    expect((await names("reports", { ...order, direction: "ASC" })).at(-1)).toBe("Reports");
  });

  test("has pages, and the fields that it names", async () => {
    const page = await search("txt", { limit: 1, offset: 1 });
    expect(page).toMatchObject({ totalCount: 3, limit: 1, offset: 1, entries: [{ type: "file" }] });
    const { rawData } = await search("summary", { fields: ["size"] });
    expect(Object(rawData).entries).toEqual([
      { type: "file", id: at.sample.reportFile.id, etag: "0", size: 21 },
    ]);
  });

  test("finds what is in the trash only where the query names the trash", async () => {
    const made = await service.folders.createFolder({ name: "Rubbish", parent: { id: "0" } });
    await service.folders.deleteFolderById(made.id);
    expect(await names("rubbish")).toEqual([]);
    expect(await names("rubbish", { trashContent: "trashed_only" })).toEqual(["Rubbish"]);
    expect(await names("rubbish", { trashContent: "all_items" })).toEqual(["Rubbish"]);
  });

  test("finds only what the user sees and the token is bound to", async () => {
    expect(await names("txt", {}, at.managed)).toEqual([]);
    expect(await names("mona", {}, at.managed)).toEqual(["Mona's folder"]);
    expect(await names("mona")).toEqual([]);
    expect(await names("txt", {}, at.other.managed)).toEqual([]);
    const resource = `https://api.box.com/2.0/folders/${at.sample.reports.id}`;
    const { body } = await exchange(at, await enterpriseToken(at), { scope: "base_explorer", resource });
    const bound = boxClient(at.box.url, body.access_token);
    expect(await names("txt", {}, bound)).toEqual(["summary.txt", "january.txt"]);
  });

  test.each<readonly [string, string | undefined, Query, object]>([
    ["without a query", undefined, {}, { status: 400, parameters: ["query"] }],
    ["of another type", "x", { type: "hub" as never }, { status: 400, parameters: ["type"] }],
    ["by metadata", "x", { mdfilters: [{ scope: "global", templateKey: "x" }] as never }, { status: 400 }],
    [
      "of a day without a time",
      "x",
      { createdAtRange: ["2026-01-01", ""] },
      { parameters: ["created_at_range"] },
    ],
    ["further than Box pages", "x", { offset: 10_001 }, { status: 400, parameters: ["offset"] }],
    ["below a folder that the user does not see", "x", { ancestorFolderIds: ["123"] }, { status: 404 }],
    ["of the whole enterprise", "x", { scope: "enterprise_content" }, { status: 403 }],
  ])("%s is refused", async (_, query, more, refused) => {
    expect(await refusal(search(query, more))).toMatchObject(refused);
  });
});
