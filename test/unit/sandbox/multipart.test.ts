import { describe, expect, test } from "vitest";
import { bodyLimit, formParts } from "../../../sandbox/box/api/uploads/multipart.ts";

const request = (body: string, type = "multipart/form-data; boundary=x") => ({
  ...{ method: "POST", path: "/2.0/files/content", query: "", tooLarge: false },
  headers: { "content-type": type },
  body: Buffer.from(body, "latin1"),
});
const part = (name: string, content: string) =>
  `--x\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\n${content}\r\n`;
const read = (body: string, type?: string) =>
  formParts(request(body, type))?.map(({ name, content }) => [name, content.toString("latin1")]);

describe("a form", () => {
  test("has its parts in their order, byte for byte", () => {
    const content = "\0\xff --x is no delimiter within a line\r\n-- x\r\n\r\n- -x--\r\n";
    const body = `${part("attributes", "{}")}${part("file", content)}--x--`;
    expect(read(body)).toEqual([
      ["attributes", "{}"],
      ["file", content],
    ]);
  });

  test("has no part where it ends at once, and skips what comes before the first one", () => {
    expect(read("--x--")).toEqual([]);
    expect(read(`preamble\r\n${part("a", "1")}--x--\r\nepilogue`)).toEqual([["a", "1"]]);
  });

  test("may quote its boundary", () => {
    expect(read(`${part("a", "1")}--x--`, 'multipart/form-data; boundary="x"')).toEqual([["a", "1"]]);
  });

  test.each([
    ["has no end", part("a", "1")],
    ["has no boundary", "a=1"],
    ["has a part without a head", "--x\r\nno head\r\n--x--"],
    ["has a part without a name", "--x\r\nContent-Type: text/plain\r\n\r\n1\r\n--x--"],
  ])("is none where it %s", (_, body) => {
    expect(read(body)).toBeUndefined();
  });

  test("is none of another content type", () => {
    expect(read(`${part("a", "1")}--x--`, "application/json")).toBeUndefined();
    expect(read(`${part("a", "1")}--x--`, "multipart/form-data")).toBeUndefined();
  });
});

test.each([
  ["/2.0/files/content", 50],
  ["/2.0/files/12/content", 50],
  ["/api/2.0/files/content", 50],
  ["/t/worker-1/2.0/files/content", 50],
  ["/2.0/files/12/contents", 8],
  ["/2.0/folders", 8],
  ["/oauth2/token", 8],
])("a request to %s may have a body of %i MB", (path, megabytes) => {
  expect(Math.floor(bodyLimit(path) / 1024 / 1024)).toBe(megabytes);
});
