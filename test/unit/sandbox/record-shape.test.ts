import { describe, expect, test } from "vitest";
import { pathTemplate } from "../../../sandbox/record/path-template.ts";
import { differences, shapeOf } from "../../../sandbox/record/shape.ts";

describe("the shape of a JSON value", () => {
  test.each<[unknown, unknown]>([
    ["a", "string"],
    [null, "null"],
    [[], []],
    [
      { id: "1", size: 2, shared: false },
      { id: "string", size: "number", shared: "boolean" },
    ],
    [
      [
        { id: "1", etag: null },
        { id: "2", etag: "0", tags: [] },
      ],
      [{ id: "string", etag: { "|": ["null", "string"] }, "tags?": [] }],
    ],
    [[{ a: [] }, { a: [1] }, { a: ["x"] }], [{ a: [{ "|": ["number", "string"] }] }]],
    [[{ constructor: 1 }, {}], [{ "constructor?": "number" }]],
    [[{ a: 1 }, { b: 1 }, { a: 2 }], [{ "a?": "number", "b?": "number" }]],
  ])("of %j is %j", (value, shape) => {
    expect(shapeOf(value)).toEqual(shape);
  });

  test("has no value of it", () => {
    const text = JSON.stringify(shapeOf({ token: "canary", list: [{ name: "canary" }, "canary"] }));
    expect(text).not.toContain("canary");
  });
});

describe("differences of two shapes", () => {
  const between = (recorded: unknown, actual: unknown) => differences(shapeOf(recorded), shapeOf(actual));

  test("are none for other values of the same kinds", () => {
    expect(between({ id: "1", n: [1, 2] }, { id: "2", n: [3] })).toEqual([]);
  });

  test("are none where one of two arrays is empty, as its elements have no shape", () => {
    expect(between({ entries: [] }, { entries: [{ id: "1" }] })).toEqual([]);
    expect(between({ entries: [{ id: "1" }] }, { entries: [] })).toEqual([]);
  });

  test.each([
    ["a property that is missing", { a: 1, b: "x" }, { a: 1 }, [{ pointer: "/b", recorded: "string" }]],
    ["a property that is new", { a: 1 }, { a: 1, b: {} }, [{ pointer: "/b", actual: "object" }]],
    ["another kind", { a: "1" }, { a: 1 }, [{ pointer: "/a", recorded: "string", actual: "number" }]],
    ["null for a text", { a: "1" }, { a: null }, [{ pointer: "/a", recorded: "string", actual: "null" }]],
    ["an array for an object", {}, [], [{ pointer: "", recorded: "object", actual: "array" }]],
    [
      "a property in an array, by its name with slashes",
      { entries: [{ "a/b": 1 }] },
      { entries: [{ "a/b": "1" }] },
      [{ pointer: "/entries/*/a~1b", recorded: "number", actual: "string" }],
    ],
  ])("name %s", (_, recorded, actual, expected) => {
    expect(between(recorded, actual)).toEqual(expected);
  });

  test("accept each alternative of the record, and name what is none of them", () => {
    const recorded = shapeOf([{ parent: null }, { parent: { id: "1" } }]);
    expect(differences(recorded, shapeOf([{ parent: null }]))).toEqual([]);
    expect(differences(recorded, shapeOf([{ parent: { id: 1 } }]))).toEqual([
      { pointer: "/*/parent/id", recorded: "string", actual: "number" },
    ]);
    expect(differences(recorded, shapeOf([{ parent: "1" }]))).toEqual([
      { pointer: "/*/parent", recorded: "null or object", actual: "string" },
    ]);
  });

  test("name a property that one side has, also where all objects inherit one of its name", () => {
    const [empty, other] = [shapeOf({}), shapeOf({ constructor: "a" })];
    expect(differences(other, empty)).toEqual([{ pointer: "/constructor", recorded: "string" }]);
    expect(differences(empty, other)).toEqual([{ pointer: "/constructor", actual: "string" }]);
  });

  test("accept the absence of a property that only some recorded elements have", () => {
    const recorded = shapeOf([{ a: 1 }, { a: 1, b: 1 }]);
    expect(differences(recorded, shapeOf([{ a: 1 }]))).toEqual([]);
    expect(differences(recorded, shapeOf([{ b: 1 }]))).toEqual([{ pointer: "/*/a", recorded: "number" }]);
  });
});

test.each([
  ["/2.0/folders/0/items", "/2.0/folders/{folder_id}/items"],
  ["/2.0/users/me", "/2.0/users/me"],
  ["/2.0/files/12/versions/34", "/2.0/files/{file_id}/versions/{file_version_id}"],
  [
    "/2.0/files/upload_sessions/F971964745A5CD0C001BBE4E58196BFD/commit",
    "/2.0/files/upload_sessions/{upload_session_id}/commit",
  ],
  ["/2.0/group_memberships/7", "/2.0/group_memberships/{group_membership_id}"],
  ["/2.0/retention_policies/7", "/2.0/retention_policies/{retention_policy_id}"],
  ["/2.0/constructor/7", "/2.0/constructor/{constructor_id}"],
  ["/oauth2/token", "/oauth2/token"],
])("the template of %s is %s", (path, template) => {
  expect(pathTemplate(path)).toBe(template);
});
