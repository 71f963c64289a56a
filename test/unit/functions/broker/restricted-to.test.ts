import { describe, expect, it } from "vitest";
import { isWithin } from "../../../../functions/broker/restricted-to.ts";

const restriction = {
  scopes: ["item_download", "item_upload"],
  resource: "https://api.box.com/2.0/files/12",
};
const isAllowed = (restricted_to: readonly unknown[], wanted: typeof restriction | { scopes: string[] }) =>
  isWithin({ restricted_to }, wanted);
const row = (scope: unknown, object: unknown = { type: "file", id: "12" }) => ({ scope, object });

describe("a downscoped token is within what was requested", () => {
  it("if each row names a requested scope and the requested object", () => {
    expect(isAllowed([row("item_download"), row("item_upload")], restriction)).toBe(true);
    expect(isAllowed([row("item_upload")], restriction)).toBe(true);
  });

  it("if the object's id is a number", () => {
    expect(isAllowed([row("item_download", { type: "file", id: 12 })], restriction)).toBe(true);
  });

  it("if no resource was requested and each row names a requested scope, or there is no row", () => {
    const { scopes } = restriction;
    expect(isAllowed([], { scopes })).toBe(true);
    expect(isAllowed([{ scope: "item_upload" }], { scopes })).toBe(true);
    expect(isAllowed([row("item_upload", { type: "folder", id: "0" })], { scopes })).toBe(true);
  });
});

describe("a downscoped token is wider than requested", () => {
  const object = (type: unknown, id: unknown) => [row("item_download", { type, id })];

  it.each([
    ["no row names the requested resource", []],
    ["the object is another file", object("file", "13")],
    ["the object's id only begins like the requested one", object("file", "123")],
    ["the object is a folder with the same id", object("folder", "12")],
    ["the object has no id", object("file", undefined)],
    ["the object is a list", [row("item_download", ["file", "12"])]],
    ["the object is null", [row("item_download", null)]],
    ["the scope was not requested", [row("item_share")]],
    ["one of the scopes was not requested", [row("item_download"), row("item_share")]],
    ["the scope is no text", [row(["item_download"])]],
    ["a row is null", [null]],
    ["a row is text", ["item_download"]],
    ["a row is a list", [["item_download"]]],
  ])("if %s", (_, restrictedTo) => {
    expect(isAllowed(restrictedTo, restriction)).toBe(false);
  });

  it.each(["root_readwrite", "item_download root_readwrite"])("if Box names the scopes %s", (scope) => {
    const restricted_to = [row("item_download")];
    expect(isWithin({ restricted_to, scope: "item_download  item_upload" }, restriction)).toBe(true);
    expect(isWithin({ restricted_to, scope }, restriction)).toBe(false);
  });

  it("if a scope was not requested, also without a resource", () => {
    expect(isAllowed([{ scope: "root_readwrite" }], { scopes: ["item_download"] })).toBe(false);
  });
});
