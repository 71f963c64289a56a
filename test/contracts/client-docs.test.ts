import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CLIENT_PROBLEMS } from "../../client/errors.ts";
import { NAMES } from "../../client/options.ts";
import { PROBLEMS } from "../../schemas/protocol/problems.ts";

const DOCS = readFileSync(new URL("../../docs/client.md", import.meta.url), "utf8");

test("docs/client.md has a row for every code of the client, with its retryability", () => {
  const rows = [...DOCS.matchAll(/^\| `([a-z_]+)` \| (yes|no) \|/gm)].map(([, code, again]) => [code, again]);
  const table = Object.entries(CLIENT_PROBLEMS).map(([code, { retryable }]) => [
    code,
    retryable ? "yes" : "no",
  ]);
  expect(rows).toEqual(table);
});

test("docs/client.md has a row for every option", () => {
  const [, options = ""] = DOCS.split("## Options");
  const rows = [...options.matchAll(/^\| ((?:`\w+`(?:, )?)+) \|/gm)].flatMap(([, cell = ""]) =>
    cell.match(/\w+/g),
  );
  expect(rows.filter((name) => name !== null)).toEqual(expect.arrayContaining(Object.keys(NAMES)));
});

test("no code of the client is one of the function's too", () => {
  expect(Object.keys(CLIENT_PROBLEMS).filter((code) => Object.hasOwn(PROBLEMS, code))).toEqual([]);
});
