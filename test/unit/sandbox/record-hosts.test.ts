import { describe, expect, test } from "vitest";
import { baseUrlsOf, hostOf, upstreamsOf, withOwnUrls } from "../../../sandbox/record/hosts.ts";

const OWN = "http://127.0.0.1:9999";

describe("the hosts of the real Box", () => {
  const upstreams = upstreamsOf("https://api.box.com/");

  test("are three, which the recorder's client reaches by three base URLs", () => {
    expect(upstreams).toEqual({
      api: "https://api.box.com",
      upload: "https://upload.box.com/api",
      account: "https://account.box.com/api",
    });
    const { uploadUrl, oauth2Url } = baseUrlsOf(OWN);
    expect(hostOf(`${uploadUrl}/2.0/files/content`.slice(OWN.length))).toEqual({
      host: "upload",
      path: "/2.0/files/content",
    });
    expect(hostOf(`${oauth2Url}/authorize`.slice(OWN.length))).toEqual({
      host: "account",
      path: "/oauth2/authorize",
    });
    expect(hostOf("/2.0/folders/0")).toEqual({ host: "api", path: "/2.0/folders/0" });
  });

  test("are the recorder's in what a client gets of them, also with escaped slashes", () => {
    const session = "https://upload.box.com/api/2.0/files/upload_sessions/1";
    const text = JSON.stringify({ upload_part: session, next: "https://api.box.com/2.0/events" });
    const own = { upload_part: `${OWN}/upload/2.0/files/upload_sessions/1`, next: `${OWN}/2.0/events` };
    expect(JSON.parse(withOwnUrls(text, upstreams, OWN))).toEqual(own);
    expect(JSON.parse(withOwnUrls(text.replaceAll("/", "\\/"), upstreams, OWN))).toEqual(own);
  });

  test("are no other site that begins like them", () => {
    const text = '"https://api.box.com.example/2.0/"';
    expect(withOwnUrls(text, upstreams, OWN)).toBe(text);
  });
});

describe("a local Box", () => {
  const upstreams = upstreamsOf("https://127.0.0.1:8704/t/one");

  test("has all hosts under one URL, and uploads below /api", () => {
    const text = '{"upload_part":"https://127.0.0.1:8704/t/one/api/2.0/files/upload_sessions/1"}';
    const { upload_part } = JSON.parse(withOwnUrls(text, upstreams, OWN));
    expect(upload_part).toBe(`${OWN}/api/2.0/files/upload_sessions/1`);
    expect(hostOf(upload_part.slice(OWN.length))).toEqual({
      host: "upload",
      path: "/2.0/files/upload_sessions/1",
    });
    expect(upstreams.upload).toBe(upstreams.api);
  });
});
