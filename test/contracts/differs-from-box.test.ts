import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { matches } from "../../sandbox/box/api/route.ts";
import { ROUTES } from "../../sandbox/box/api/routes.ts";
import { WIRE_ERRORS } from "../../sandbox/box/errors.ts";
import { FAULTS } from "../../sandbox/faults/faults.ts";

/** docs/differs-from-box.md against what the local Box is made of. */
const PAGE = readFileSync(join(import.meta.dirname, "../../docs/differs-from-box.md"), "utf8");
const section = (heading: string) =>
  PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
const CALLS = [...section("What is there").matchAll(/^\| `([A-Z]+) (\S+)` \| (.+) \| (\S+) \|$/gm)].map(
  ([, method = "", path = "", clients = "", served = ""]) => ({
    method,
    path,
    clients: clients.split(", "),
    served,
  }),
);

/** Whether the table of routes has the call. Box's reference adds a fragment where one path is two calls. */
function isServed({ method, path }: { readonly method: string; readonly path: string }): boolean {
  const example = path.replace(/#.*/, "").replaceAll(/\{\w+\}/g, "1");
  return matches(ROUTES, example).some(({ route }) => route.method === method);
}

describe("the calls of public clients", () => {
  test.each(CALLS)("the page says rightly that the local Box has $method $path: $served", (call) => {
    expect(call.served).toBe(isServed(call) ? "yes" : "no");
  });

  test("are listed once each, and every call of rclone, n8n and boxfs is there", () => {
    const names = CALLS.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
    const ofThree = CALLS.filter(({ clients }) => clients.some((client) => client !== "mcp-server-box"));
    expect(ofThree.length).toBeGreaterThan(25);
    expect(ofThree.filter(({ served }) => served !== "yes")).toEqual([]);
    expect(CALLS.filter(({ served }) => served === "no").length).toBeGreaterThan(10);
  });
});

test("each text of a refusal that is inferred is on the page, and no other one", () => {
  const inferred = Object.values(WIRE_ERRORS).filter((row) => "inferred" in row && row.inferred);
  const expected = inferred.map(({ error, description }) => `| \`${error}\` | \`${description}\` |`);
  const listed = section("Not known").match(/^\| `[a-z_]+` \| `.+` \|$/gm) ?? [];
  expect(listed).toHaveLength(inferred.length);
  expect(listed.toSorted()).toEqual(expected.toSorted());
});

test("each fault that the page names is one of Box's", () => {
  const named = [...PAGE.matchAll(/[Ff]aults? ((?:`[a-z-]+`(?:, )?)+)/g)].flatMap(([, list = ""]) =>
    [...list.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name),
  );
  expect(named.length).toBeGreaterThan(7);
  expect(named.filter((name) => !Object.keys(FAULTS.box).includes(name as string))).toEqual([]);
});

test("the page has a date", () => {
  expect(PAGE).toMatch(/^As of 20\d\d-\d\d-\d\d\. /m);
});
