import { afterAll, beforeAll, expect, test } from "vitest";
import { enterpriseToken, type Scene, scene } from "../box-requests.ts";
import { type ApiCall, apiCalls } from "./api-calls.ts";

let at: Scene;
let call: ApiCall;

beforeAll(async () => {
  at = await scene();
  call = apiCalls(at, await enterpriseToken(at));
});
afterAll(() => at.box.close());

const withVersion = (version: string) => call("GET", "/folders/0", { headers: { "Box-Version": version } });

test("a call may name the version 2024.0 of Box's API", async () => {
  expect((await withVersion("2024.0")).status).toBe(200);
});

test.each([
  ["2025.0", "Invalid API version specified in 'box-version' header."],
  ["latest", "Invalid API version specified in 'box-version' header."],
  ["", "Invalid (empty) API version specified in 'box-version' header."],
  [
    "2024.0, 2025.0",
    "The 'box-version' header supports only one header value per request, do not use comas.",
  ],
])("a call that names the version '%s' is refused in Box's words", async (version, message) => {
  const { status, body } = await withVersion(version);
  expect([status, body.code]).toEqual([400, "invalid_api_version"]);
  expect(body.message).toBe(`${message} Supported API versions: [2024.0].`);
});
