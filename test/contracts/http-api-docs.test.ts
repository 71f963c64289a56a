import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(`../../docs/${path}`, import.meta.url), "utf8");
const PAGE = read("http-api.md");
const { paths, components } = JSON.parse(read("openapi.json"));

interface ResponseSchema {
  readonly $ref?: string;
  readonly anyOf?: readonly ResponseSchema[];
  readonly properties?: { readonly code?: { readonly enum: readonly string[] } };
}
interface ResponseObject {
  readonly content?: { readonly "application/json": { readonly schema: ResponseSchema } };
}

/** The schemas of a response, one of which it fits. */
function schemasIn(content: ResponseObject["content"]): readonly ResponseSchema[] {
  const schema = content?.["application/json"].schema;
  const all: readonly ResponseSchema[] = schema === undefined ? [] : (schema.anyOf ?? [schema]);
  return all.map((one) =>
    one.$ref === undefined ? one : components.schemas[one.$ref.replace("#/components/schemas/", "")],
  );
}

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
  const statuses = Object.values(paths as Record<string, { post: { responses: object } }>).flatMap(
    ({ post }) => Object.keys(post.responses).filter((status) => status !== "200"),
  );
  expect([...new Set(rows)].toSorted()).toEqual([...new Set(statuses)].toSorted());
});

test("docs/http-api.md has a row for each parameter of a revocation, which says whether it is required", () => {
  const rows = [...section("Revocation").matchAll(/^\| `(\w+)` \| .+ \| (yes|no) \|$/gm)];
  const { properties, required } = components.schemas.RevocationRequest;
  expect(rows.map(([, name, needed]) => [name, needed])).toEqual(
    Object.keys(properties).map((name) => [name, required.includes(name) ? "yes" : "no"]),
  );
  expect(section("Revocation")).toContain(properties.token.description.replace(/^an access token: /, ""));
});

test("docs/http-api.md names each problem that a token request or a revocation alone has", () => {
  const codesOf = (path: string): readonly string[] =>
    Object.values(paths[path].post.responses as Record<string, ResponseObject>).flatMap(({ content }) =>
      schemasIn(content).flatMap(({ properties }) => properties?.code?.enum ?? []),
    );
  const [token, revocation] = [new Set(codesOf("/oauth2/token")), new Set(codesOf("/oauth2/revoke"))];
  const differing = [...new Set([...token, ...revocation])].filter(
    (code) => code !== "unknown_path" && token.has(code) !== revocation.has(code),
  );
  expect(differing.length).toBeGreaterThan(0);
  const rows = [...section("Revocation").matchAll(/^\| ((?:`\w+`(?:, )?)+) \| (?:\d|\|)/gm)];
  expect(rows.flatMap(([, cell = ""]) => cell.match(/\w+/g)).toSorted()).toEqual(differing.toSorted());
});
