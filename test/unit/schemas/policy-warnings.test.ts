import { expect, it } from "vitest";
import { readPolicy } from "../../../schemas/policy/parse.ts";
import { policyWarnings } from "../../../schemas/policy/warnings.ts";
import { BOX_SCOPES } from "../../../schemas/protocol/scopes.ts";
import { readable } from "./readable.ts";

const statement = {
  id: "reports",
  caller: { iam: "arn:aws:iam::123456789012:role/reports" },
  app: "reports",
  subjects: ["enterprise"],
  scopes: ["item_download"],
};
const resources = ["https://api.box.com/2.0/folders/987"];

function warningsOf(...changes: object[]) {
  const statements = changes.map((change, index) => ({ ...statement, id: `s${index}`, ...change }));
  const read = readPolicy(JSON.stringify({ version: 1, statements }, null, 1));
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return policyWarnings(read.value).map(readable);
}
/** The scopes with a warning whose message matches `words`. */
function scopesWarnedOf(words: RegExp, change: object) {
  return warningsOf({ scopes: [...BOX_SCOPES], ...change })
    .filter(({ message }) => words.test(message))
    .map(({ pointer }) => BOX_SCOPES[Number(pointer.replace("/statements/0/scopes/", ""))]);
}

it("the policy check does not warn about a policy whose scopes the guide lists and which is bound to a folder", () => {
  const scopes = ["base_explorer", "base_upload", "item_share", "item_download", "root_readonly"];
  expect(warningsOf({ scopes, resources }, { scopes: undefined, unrestricted: true })).toEqual([]);
});

it.each([{ resources }, {}])(
  "the policy check warns about the scopes that the guide does not list for downscoping, with %j",
  (change) => {
    expect(scopesWarnedOf(/does not list this scope for downscoping/, change)).toEqual([
      ...[
        "item_read",
        "ai.readwrite",
        "enterprise_content",
        "gcm",
        "manage_legal_hold",
        "manage_legal_holds",
      ],
      ...["manage_skill_invocations", "manage_triggers"],
    ]);
  },
);

it("the policy check warns about the scopes that Box binds to no resource, if the statement lists resources", () => {
  const words = /binds this scope to no file or folder/;
  expect(scopesWarnedOf(words, { resources })).toEqual(
    BOX_SCOPES.filter((scope) => scope.startsWith("manage_")),
  );
  expect(scopesWarnedOf(words, {})).toEqual([]);
});

it("the policy check warns about the scopes that need a resource, if the statement lists none", () => {
  const words = /only in a token that is bound/;
  expect(scopesWarnedOf(words, {})).toEqual(["base_upload", "item_share"]);
  expect(scopesWarnedOf(words, { resources })).toEqual([]);
});

it("the policy check warns about a pattern that matches every role or user of an account, and about no narrower one", () => {
  const names = ["role/*", "role/a*", "user/*", "user/team/*", "role/team/a"];
  const pointers = warningsOf(
    ...names.map((name) => ({ caller: { iam: `arn:aws:iam::123456789012:${name}` } })),
    { caller: { alias: "*" } },
  ).map(({ pointer }) => pointer);
  expect(pointers).toEqual(["/statements/0/caller/iam", "/statements/2/caller/iam"]);
});

it("the policy check reports the position in the text and the fix", () => {
  expect(warningsOf({}, { scopes: ["item_download", "gcm"] })).toEqual([
    {
      pointer: "/statements/1/scopes/1",
      code: "policy_scope_not_listed",
      message: expect.stringMatching(/^Box's guide/),
      fix: expect.stringMatching(/^Request one such token/),
      position: { line: 28, column: 5 },
      line: 28,
      column: 5,
    },
  ]);
});
