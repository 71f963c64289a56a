import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { AUDIT_QUERIES, CONNECTIONS_AUDIT_QUERY, type Query, queryText } from "../../infra/audit-queries.ts";
import { newFolder, ofType } from "./deployment.ts";
import { rangeOf, rowsOf } from "./insights-rows.ts";
import { STATEMENTS, sampleYear } from "./sample-year.ts";
import { role, serviceFor } from "./service.ts";
import { ROOT } from "./synth.ts";

const page = readFileSync(join(ROOT, "docs/audit.md"), "utf8");
const queries: readonly Query[] = [...Object.values(AUDIT_QUERIES), CONNECTIONS_AUDIT_QUERY];

describe("docs/audit.md", () => {
  test("has a row for each property of the schema, in its order and with its description", () => {
    const schema = JSON.parse(readFileSync(join(ROOT, "schemas/audit-event.schema.json"), "utf8")) as {
      readonly properties: Readonly<Record<string, { readonly description: string }>>;
    };
    const rows = [...page.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, name, text]) => [name, text]);
    expect(rows).toEqual(
      Object.entries(schema.properties).map(([name, { description }]) => [name, description]),
    );
  });

  test("has a section for each query that the construct saves, with the same text, and for no other", () => {
    const [, ...sections] = page.split(/^### /m);
    const shown = sections.map((section) => {
      const [title = ""] = section.split("\n", 1);
      return [title, /^```insights\n([\s\S]*?)\n```$/m.exec(section)?.[1]];
    });
    expect(shown).toEqual(queries.map((query) => [query.title, queryText(query)]));
    expect(page.split("```insights").length).toBe(queries.length + 1);
  });

  test("says of each query with places to fill in which ones they are", () => {
    for (const { title, places = {} } of queries) {
      const [, section = ""] = page.split(`### ${title}\n`);
      for (const place of Object.keys(places))
        expect(section.trim()).toMatch(new RegExp(`^Replace \`${place}\``));
    }
  });

  test("has commands that print the statements which the query does not return", async () => {
    const { log } = await sampleYear();
    const range = rangeOf("2026-01-30T00:00:00Z", "2026-04-30T00:00:01Z");
    const used = rowsOf(AUDIT_QUERIES.statements, log, { range }).map(({ statement }) => String(statement));
    const { folder, calls } = fakeAws(used.map((statement) => [{ field: "statement", value: statement }]));
    writeFileSync(join(folder, "query.txt"), queryText(AUDIT_QUERIES.statements));
    writeFileSync(join(folder, "policy.json"), JSON.stringify({ version: 1, statements: STATEMENTS }));
    const groups = { "token-url": "url-log", "token-invoke": "invoke-log", health: "health-log" };
    const [, commands = ""] = /^```sh unused-statements\n([\s\S]*?)^```$/m.exec(page) ?? [];
    const out = `out() { [ "$1" = LogGroups ] && printf '%s' '${JSON.stringify(groups)}'; }\n`;
    const output = execFileSync("bash", ["--norc", "-c", out + commands], {
      cwd: folder,
      encoding: "utf8",
      env: { ...process.env, PATH: `${join(folder, "bin")}:${process.env.PATH}` },
    });
    expect(output).toBe("last-year-reads\nnever-reads\n");
    expect(calls()[0]).toBe(
      "logs start-query --log-group-names url-log invoke-log --query-string file://query.txt" +
        ` --output text --query queryId --start-time ${range.start / 1000} --end-time 1777507200`,
    );
  });
});

/** A folder with an `aws` that returns these rows as `GetQueryResults` does, and that records how it was called. */
function fakeAws(results: readonly (readonly { readonly field: string; readonly value: string }[])[]) {
  const folder = newFolder();
  mkdirSync(join(folder, "bin"));
  const aws = join(folder, "bin/aws");
  const log = join(folder, "calls.txt");
  writeFileSync(
    aws,
    `#!/bin/sh
echo "$*" >> '${log}'
case "$*" in
  *start-query*) echo the-query ;;
  *"--query status") echo Complete ;;
  *get-query-results*) printf '%s' '${JSON.stringify({ results, status: "Complete" })}' ;;
  *) exit 2 ;;
esac
`,
  );
  chmodSync(aws, 0o755);
  return { folder, calls: () => readFileSync(log, "utf8").trim().split("\n") };
}

test("the construct saves the queries for auditors in a folder, with the places to fill in in their names", () => {
  const { resources } = serviceFor([{ iam: role("reports") }]);
  const saved = ofType({ resources: resources() }, "AWS::Logs::QueryDefinition").flatMap(
    ([, { Properties }]) =>
      String(Properties.Name).includes("/Audit/") ? [[Properties.Name, Properties.QueryString]] : [],
  );
  expect(saved).toEqual([
    ["Theirs-Service/Audit/Who could reach a folder (set FOLDER_ID)", queryText(AUDIT_QUERIES.folder)],
    [
      "Theirs-Service/Audit/Where a token comes from, and who got it (set TOKEN_SHA256)",
      queryText(AUDIT_QUERIES.token),
    ],
    ["Theirs-Service/Audit/Which callers were denied, and why", queryText(AUDIT_QUERIES.denied)],
    ["Theirs-Service/Audit/Which statements were used", queryText(AUDIT_QUERIES.statements)],
    ["Theirs-Service/Audit/Who revoked what", queryText(AUDIT_QUERIES.revocations)],
  ]);
  // What CloudWatch Logs takes as a name.
  for (const [name] of saved) expect(name).toMatch(/^([^:*/]+\/?)*[^:*/]+$/);
});
