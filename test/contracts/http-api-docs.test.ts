import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const PAGE = read("http-api.md");
const { paths, components } = JSON.parse(read("openapi.json"));

/** The section `## heading`. */
const section = (heading: string) =>
  PAGE.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? expect.fail(`no section ${heading}`);

test("docs/http-api.md has a row for each parameter of the OpenAPI document, with its default", () => {
  const rows = [...section("The parameters").matchAll(/^\| `(\w+)` \| .+ \|(?: (.*))? \|$/gm)];
  const documented = Object.fromEntries(
    rows.map(([, name, cell]) => [name, /^`(.*)`$/.exec(cell ?? "")?.[1]]),
  );
  const properties = components.schemas.TokenRequest.properties as Record<
    string,
    { default?: string | number }
  >;
  const expected = Object.entries(properties).map(([name, { default: value }]) => [
    name,
    value === undefined ? undefined : String(value),
  ]);
  expect(documented).toEqual(Object.fromEntries(expected));
});

test("docs/http-api.md names each property of a token response", () => {
  for (const name of Object.keys(components.schemas.TokenResponse.properties))
    expect(section("The response")).toContain(name);
});

test("docs/http-api.md has a row for each error status of the OpenAPI document", () => {
  const rows = [...section("The response").matchAll(/^\| ([\d, ]+)(?: |\|)/gm)].flatMap(([, cell = ""]) =>
    cell.match(/\d{3}/g),
  );
  const statuses = Object.keys(paths["/oauth2/token"].post.responses).filter((status) => status !== "200");
  expect([...new Set(rows)].toSorted()).toEqual(statuses.toSorted());
});
