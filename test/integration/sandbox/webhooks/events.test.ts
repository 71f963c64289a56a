import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { currentVersion } from "../../../../sandbox/box/items/item.ts";
import { boxJson } from "../../../../sandbox/box/webhooks/signature.ts";
import { skillInvocation } from "../../../../sandbox/box/webhooks/skill-invocation.ts";
import { get } from "../box-requests.ts";
import { uploadOf, type WebhookScene, webhookScene } from "./webhook-requests.ts";

let at: WebhookScene;

beforeAll(async () => {
  at = await webhookScene();
});
afterAll(() => at.box.close());
beforeEach(() => {
  at.box.clock.skewSeconds = 0;
});

const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d-07:00$/;

describe("a webhook event", () => {
  test("has the properties of Box's documentation, for a file", () => {
    const { managedUser, nestedFile, reports } = at.sample;
    const user = { type: "user", id: managedUser.id, name: managedUser.name, login: managedUser.login };
    const owner = at.box.state.users.get(at.app.serviceAccountId)!;
    const miniOwner = { type: "user", id: owner.id, name: owner.name, login: owner.login };
    const sha1 = createHash("sha1").update(currentVersion(nestedFile).content).digest("hex");
    const time = expect.stringMatching(TIME);
    const folder = (id: string, name: string) => ({ type: "folder", id, name, sequence_id: "0", etag: "0" });
    const root = { type: "folder", id: "0", sequence_id: null, etag: null, name: "All Files" };
    const path = [root, folder(reports.id, "Reports"), folder(nestedFile.parentId, "2026")];
    expect(JSON.parse(boxJson(uploadOf(at)))).toEqual({
      type: "webhook_event",
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      created_at: time,
      trigger: "FILE.UPLOADED",
      webhook: { id: "53", type: "webhook" },
      created_by: user,
      source: {
        id: nestedFile.id,
        type: "file",
        file_version: { type: "file_version", id: expect.stringMatching(/^\d+$/), sha1 },
        sequence_id: "0",
        etag: "0",
        sha1,
        name: "january.txt",
        description: "",
        size: currentVersion(nestedFile).content.length,
        path_collection: { total_count: 3, entries: path },
        created_at: time,
        modified_at: time,
        trashed_at: null,
        purged_at: null,
        content_created_at: time,
        content_modified_at: time,
        created_by: miniOwner,
        modified_by: user,
        owned_by: miniOwner,
        shared_link: null,
        parent: path.at(-1),
        item_status: "active",
      },
      additional_info: [],
    });
  });

  test("of a folder has no file version", () => {
    const event = JSON.parse(boxJson(uploadOf(at, { trigger: "FOLDER.CREATED", item: at.sample.reports })));
    expect(event.source).toMatchObject({ type: "folder", name: "Reports" });
    expect(event.source).not.toHaveProperty("file_version");
  });

  test("is written in ASCII with escaped slashes, as PHP does", () => {
    const text = boxJson(uploadOf(at, { user: { ...at.sample.managedUser, name: "Zoë / 山田 𝄞" } }));
    expect(text).toMatch(/^[\x20-\x7e]+$/);
    expect(text).toContain(String.raw`"name":"Zo\u00eb \/ \u5c71\u7530 \ud834\udd1e"`);
    expect(JSON.parse(text).created_by.name).toBe("Zoë / 山田 𝄞");
  });
});

describe("a Skill invocation", () => {
  const invocation = (changes = {}) =>
    JSON.parse(
      boxJson(
        skillInvocation(at.box.tokens, at.box.now(), {
          app: at.app,
          file: at.sample.reportFile,
          user: at.sample.managedUser,
          ...changes,
        }),
      ),
    );

  test("has the properties of Box's documentation", () => {
    const { reportFile, managedUser } = at.sample;
    const token = {
      access_token: expect.stringMatching(/^1!/),
      expires_in: 3_600,
      restricted_to: expect.any(String),
      token_type: "bearer",
    };
    expect(invocation()).toMatchObject({
      type: "skill_invocation",
      skill: { id: "137", type: "skill", name: expect.any(String), api_key: at.app.clientId },
      token: { read: token, write: token },
      status: { state: "invoked", message: "", error_code: "", additional_info: "" },
      id: expect.stringMatching(new RegExp(`^[0-9a-f-]{36}_${reportFile.id}$`)),
      created_at: expect.stringMatching(TIME),
      trigger: "FILE_CONTENT",
      enterprise: { type: "enterprise", id: at.app.enterpriseId },
      source: {
        type: "file",
        id: reportFile.id,
        name: "summary.txt",
        size: currentVersion(reportFile).content.length,
      },
      event: {
        event_id: expect.any(String),
        event_type: "ITEM_UPLOAD",
        created_by: { type: "user", id: managedUser.id },
      },
      parameters: {},
    });
  });

  test("writes restricted_to as a JSON string, with the file's id as a number", () => {
    const { token } = invocation();
    const object = { object_id: Number(at.sample.reportFile.id), object_type: "file" };
    expect(JSON.parse(token.read.restricted_to)).toEqual([
      { scope: "gcm" },
      { scope: "item_read", ...object },
    ]);
    expect(JSON.parse(token.write.restricted_to)).toEqual([
      { scope: "gcm" },
      { scope: "item_upload", ...object },
      { scope: "manage_skill_invocations" },
    ]);
  });

  test("writes expires_in as seconds since 1970 where that is chosen", () => {
    const earliest = Math.floor(Date.now() / 1_000) + 3_600;
    const { token } = invocation({ expiresIn: "epoch" });
    expect(token.read.expires_in).toBeGreaterThanOrEqual(earliest);
    expect(token.read.expires_in).toBeLessThanOrEqual(Date.now() / 1_000 + 3_600);
  });

  test("has a read token that downloads the file, in the header or in the query, and opens no other", async () => {
    const { reportFile, payrollFile } = at.sample;
    const { access_token } = invocation().token.read;
    const path = `/2.0/files/${reportFile.id}/content`;
    const scene = { ...at, app: at.app };
    expect((await get(scene, path, access_token)).text).toBe("This is summary.txt.\n");
    const inQuery = await fetch(`${at.box.url}${path}?access_token=${encodeURIComponent(access_token)}`);
    expect(await inQuery.text()).toBe("This is summary.txt.\n");
    expect((await get(scene, `/2.0/files/${payrollFile.id}/content`, access_token)).status).toBe(403);
    const elsewhere = `${at.box.url}/2.0/files/${reportFile.id}?access_token=${access_token}`;
    expect((await fetch(elsewhere)).status).toBe(401);
  });

  test("has tokens that live for an hour by Box's clock", async () => {
    const { access_token } = invocation().token.write;
    at.box.clock.skewSeconds = 3_600;
    expect(at.box.tokens.find(access_token)).toBeUndefined();
    at.box.clock.skewSeconds = 3_590;
    expect(at.box.tokens.find(access_token)).toBeDefined();
  });
});
