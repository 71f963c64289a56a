import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { ROUTES } from "../../sandbox/box/api/routes.ts";

const page = readFileSync(join(import.meta.dirname, "../../docs/sandbox.md"), "utf8");

test("docs/sandbox.md lists the calls that the sandbox's API has, and no other", () => {
  const rows = Array.from(page.matchAll(/^\| `(\/[^`]+)` \| ([A-Z, ]+) \|$/gm), ([, path, methods]) =>
    `${methods}`.split(", ").map((method) => `${method} /2.0${path}`),
  );
  expect(rows.flat().sort()).toEqual(ROUTES.map(({ method, path }) => `${method} ${path}`).sort());
  const paths = rows.map(([first = ""]) => first.split(" ")[1]);
  expect(paths, "sorted by path").toEqual(paths.toSorted());
});
