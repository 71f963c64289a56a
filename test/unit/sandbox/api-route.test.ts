import { describe, expect, test } from "vitest";
import { availableRoutesText, matches, route } from "../../../sandbox/box/api/route.ts";
import { ROUTES } from "../../../sandbox/box/api/routes.ts";

const respond = () => ({ status: 200 });
const table = [
  route("GET", "/2.0/users/{user_id}", [], respond),
  route("GET", "/2.0/users/me", [], respond),
  route("PUT", "/2.0/files/{file_id}/versions/{file_version_id}", [], respond),
];

describe("a path finds its rows in the table of routes", () => {
  test("with the ids by their names", () => {
    const [match] = matches(table, "/2.0/files/12/versions/34");
    expect(match).toMatchObject({ route: table[2], ids: { file_id: "12", file_version_id: "34" } });
  });

  test("those without an id alone, where a row with one would fit as well", () => {
    expect(matches(table, "/2.0/users/me").map(({ route: { path } }) => path)).toEqual(["/2.0/users/me"]);
  });

  test.each(["/2.0/users", "/2.0/users/", "/2.0/users/1/2", "/2x0/users/me", "/x/2.0/users/me"])(
    "not %s, which is another path",
    (path) => {
      expect(matches(table, path)).toEqual([]);
    },
  );
});

test("the sentence about an unknown path has the calls of its resource and the other resources", () => {
  expect(availableRoutesText(table, "/2.0/users/1/avatar")).toBe(
    "The sandbox has no /2.0/users/1/avatar. Of /2.0/users it has: GET /2.0/users/{user_id}, GET /2.0/users/me. " +
      "Other resources: files.",
  );
});

test("no two endpoints have the same method and path", () => {
  const calls = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, "{}")}`);
  expect(new Set(calls).size).toBe(calls.length);
});
