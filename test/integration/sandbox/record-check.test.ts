import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalBox, startBox } from "../../../sandbox/local-box.ts";
import { loopbackServer } from "../../support/loopback-server.ts";
import { boxSts } from "../../support/terminal.ts";

let box: LocalBox;
beforeAll(async () => {
  box = await startBox();
});
afterAll(() => box.close());

/** `box-sts record --check` of a record of these rows. */
function check(rows: readonly object[], url = box.url) {
  const folder = mkdtempSync(join(tmpdir(), "box-record-check-"));
  const config = join(folder, "config.json");
  writeFileSync(config, JSON.stringify(box.config));
  writeFileSync(join(folder, "assertions.jsonl"), rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  return boxSts(["record", "--check", folder, "--url", url, "--config", config]);
}

const ROW = { host: "api", method: "GET", path: "/2.0/users/me", url: "/2.0/users/me", status: 401 };
const EMPTY = { ...ROW, shape: "empty" };
const ACTOR = '"actor" must be {"subject":"enterprise"}';
const BODY = '"body" must be {"json":VALUE}';

describe("box-sts record --check", () => {
  test.each<[object, string]>([
    [{ method: 5 }, '"method" must be '],
    [{ url: "2.0/users/me" }, '"url" must be '],
    [{ status: "401" }, '"status" must be '],
    [{ actor: 5 }, ACTOR],
    [{ actor: null }, ACTOR],
    [{ actor: { subject: "user" } }, ACTOR],
    [{ actor: { subject: "constructor" } }, ACTOR],
    [{ actor: { exchanged: { subject: "enterprise" } } }, ACTOR],
    [{ actor: { exchanged: 5, scope: "item_upload" } }, ACTOR],
    [{ grant: { type: "jwt-bearer" } }, '"grant" must be '],
    [{ body: "text" }, BODY],
    [{ body: {} }, BODY],
    [{ body: { attributes: {}, size: -1 } }, BODY],
    [{ ids: null }, '"ids" must be '],
    [{ asUser: 5 }, '"asUser" must be '],
  ])("refuses a record with the row %j, and names the line and the property", async (changed, sentence) => {
    const { status, stdout, stderr } = await check([EMPTY, { ...EMPTY, ...changed }]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain("assertions.jsonl is no record. Line 2 is no assertion: ");
    expect(stderr).toContain(sentence);
  });

  test("makes a recorded GET with a body again, without its body", async () => {
    const { status, stdout } = await check([{ ...EMPTY, body: { json: {} } }]);
    expect(stdout).toBe("1 checked, 0 skipped, 0 differences\n");
    expect(status).toBe(0);
  });

  test("reports a Box that ends the connection within a response as not reached", async () => {
    const { url } = await loopbackServer(({ response }) => {
      response.writeHead(200, { "content-length": 10 }).write("12345");
      setTimeout(() => response.destroy(), 50);
    });
    expect(await check([EMPTY], url)).toEqual({
      ...{ status: 1, stdout: "" },
      stderr: `box-sts record: ${url} was not reached. Start that Box, or correct --url.\n`,
    });
  });

  test("reports a differing response where what gives the tokens is no Box", async () => {
    const { url } = await loopbackServer(({ response }) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html>");
    });
    const grant = { type: "jwt-bearer", actor: { subject: "enterprise" } };
    const token = { ...ROW, method: "POST", path: "/oauth2/token", url: "/oauth2/token", status: 200 };
    const { status, stdout, stderr } = await check(
      [{ ...token, shape: { access_token: "string" }, actor: grant.actor, grant }],
      url,
    );
    expect(stderr).toBe("");
    expect(stdout).toContain("differs  line 1: POST /oauth2/token: body is bytes, recorded JSON\n");
    expect(status).toBe(1);
  });

  test.each([
    "https://user:canary@box.example",
    "https://user@box.example",
    "https://box.example?token=canary",
    "https://box.example/#canary",
    "http://user:canary@box.example",
  ])("refuses the URL %s, and does not print what may be secret in it", async (url) => {
    const { status, stderr } = await check([EMPTY], url);
    expect(stderr).toContain("--url is a base URL alone: leave out user, password, query and fragment.");
    expect(stderr).not.toContain("canary");
    expect(status).toBe(2);
  });
});
