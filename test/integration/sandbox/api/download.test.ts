import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { addItem } from "../../../../sandbox/box/items/create.ts";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;
let url: string;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
});
afterAll(() => at.box.close());
beforeEach(async () => {
  at.box.clock.skewSeconds = 0;
  url = await locationOf(at.sample.reportFile.id);
});

async function locationOf(fileId: string): Promise<string> {
  const { status, headers } = await call("GET", `/files/${fileId}/content`);
  expect(status).toBe(302);
  return headers.get("location") ?? "";
}

const read = async (range?: string) => {
  const response = await fetch(url, range === undefined ? {} : { headers: { Range: range } });
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const TEXT = "This is summary.txt.\n";

describe("a download URL", () => {
  test("needs no token, may be used again, and names the file", async () => {
    expect(await read()).toMatchObject({ status: 200, text: TEXT });
    const { status, headers } = await read();
    expect(status).toBe(200);
    expect(headers.get("content-disposition")).toBe(
      `attachment;filename="summary.txt";filename*=UTF-8''summary.txt`,
    );
    expect(headers.get("accept-ranges")).toBe("bytes");
  });

  test("lives for 15 minutes by Box's clock", async () => {
    at.box.clock.skewSeconds = 14 * 60;
    expect((await read()).status).toBe(200);
    at.box.clock.skewSeconds = 15 * 60;
    expect((await read()).status).toBe(404);
  });

  test("ends with its file", async () => {
    const facts = { parentId: "0", ownerId: at.app.serviceAccountId };
    const file = addItem(at.box.state, { type: "file", name: "gone.txt", ...facts });
    url = await locationOf(file.id);
    at.box.state.items.delete(file.id);
    expect((await read()).status).toBe(404);
  });

  test.each([
    ["bytes=0-3", "This", "bytes 0-3/21"],
    ["bytes=8-", "summary.txt.\n", "bytes 8-20/21"],
    ["bytes=-5", "txt.\n", "bytes 16-20/21"],
    ["bytes=-100", TEXT, "bytes 0-20/21"],
    ["bytes=20-900", "\n", "bytes 20-20/21"],
  ])("has the part of the file that the range %j names", async (range, text, contentRange) => {
    const response = await read(range);
    expect(response).toMatchObject({ status: 206, text });
    expect(response.headers.get("content-range")).toBe(contentRange);
  });

  test.each(["bytes=21-", "bytes=-0"])(
    "refuses the range %j, which has no byte of the file",
    async (range) => {
      const { status, headers } = await read(range);
      expect([status, headers.get("content-range")]).toEqual([416, "bytes */21"]);
    },
  );

  test.each(["bytes=5-2", "lines=1-2", "bytes=0-1,4-5"])("ignores the range %j", async (range) => {
    expect(await read(range)).toMatchObject({ status: 200, text: TEXT });
  });

  test("keeps the range of the API call where the client follows the redirect", async () => {
    const token = await enterpriseToken(at);
    const headers = { Authorization: `Bearer ${token}`, Range: "bytes=5-6" };
    const response = await fetch(`${at.box.url}/2.0/files/${at.sample.reportFile.id}/content`, { headers });
    expect([response.status, await response.text()]).toEqual([206, "is"]);
  });
});

test("a version that the file does not have is not found", async () => {
  const { status, body } = await call("GET", `/files/${at.sample.reportFile.id}/content?version=12`);
  expect([status, body.code]).toEqual([404, "not_found"]);
});
