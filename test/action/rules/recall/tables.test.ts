import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../../action/rules/box-secret/box-secret.ts";
import { scanSource } from "../../../../action/scan/scan-source.ts";
import { expectLinearGrowth } from "../../../support/growth.ts";
import { seededText } from "./kinds.ts";

const S = seededText("tables/secret", 32, "lower");
const ID = seededText("tables/id", 32, "lower");
const lines = (count: number, line: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => line(at));

const findingsIn = (path: string, text: string) =>
  boxSecretRule
    .find({ path, bytes: Buffer.from(text), whole: true, start: { line: 1, column: 1 } })
    .map(({ identity, certainty, line, column }) => [identity.split("#")[1], certainty, line, column]);

/** Where the secret is, under a name. */
const only = (text: string, name: string, certainty = "certain") => {
  const before = text.slice(0, text.indexOf(S)).split("\n");
  return [[name, certainty, before.length, (before.at(-1) ?? "").length + 1]];
};

/** Files with one secret in a table, by the number of rows above it. */
const TABLES: readonly (readonly [
  what: string,
  path: string,
  text: (rows: readonly string[]) => string,
  row: string,
])[] = [
  [
    "a file of commas",
    "a.csv",
    (rows) => ["tenant,region,box_client_secret,comment", ...rows, `t,eu,${S},x`].join("\n"),
    "t,eu-central-1,,nothing here yet",
  ],
  [
    "a file of tabs that is not called so",
    "a.txt",
    (rows) => ["tenant\tbox_client_secret\tcomment", ...rows, `t\t${S}\tx`].join("\r\n"),
    "t\t\tnothing here yet",
  ],
  [
    "the data of COPY",
    "a.sql",
    (rows) => ["COPY public.apps (id, box_client_secret) FROM stdin;", ...rows, `61\t${S}`, "\\."].join("\n"),
    "7\t\\N",
  ],
  [
    "the rows of INSERT",
    "a.sql",
    (rows) =>
      ["INSERT INTO apps (id, name, box_client_secret)", "VALUES", ...rows, `  (61, 'a, (b)', '${S}');`].join(
        "\n",
      ),
    "  (7, 'Fish; chips), (and more, it''s copied', NULL),",
  ],
  [
    "the rows of INSERT in one line",
    "a.sql",
    (rows) => `INSERT INTO apps (id, name, box_client_secret) VALUES ${rows.join("")}(61,'a','${S}');`,
    "(7,'values, no copy',NULL),",
  ],
  [
    "a Markdown table",
    "a.md",
    (rows) =>
      [
        "# Apps",
        "",
        "| App | Box Client Secret | Note |",
        "| --- | :-: | --- |",
        ...rows,
        `| a | \`${S}\` | |`,
      ].join("\n"),
    "| a \\| b | in the vault of the team | since May |",
  ],
];

describe("a secret in a table", () => {
  for (const [what, path, text, row] of TABLES)
    it.each([0, 11, 13, 60, 500])(`is found in ${what} below %i other rows`, (count) => {
      const file = text(lines(count, () => row));
      // A name with spaces is no property: the kind takes its place.
      const name = path === "a.md" ? "client-secret" : "box_client_secret";
      expect(findingsIn(path, file)).toEqual(only(file, name));
    });

  it("counts the same in each row, where the statement alone names Box", () => {
    const rows = lines(60, (at) => `${at}\t${seededText(`row ${at}`, 32, "lower")}`);
    const file = ["COPY public.box_apps (id, client_secret) FROM stdin;", ...rows, "\\."].join("\n");
    expect(findingsIn("a.sql", file).map(([name, certainty]) => `${name} ${certainty}`)).toEqual(
      lines(60, () => "client_secret partial"),
    );
  });

  it("is found behind the first window of a large file", async () => {
    const row = "t,eu-central-1,,nothing here yet\n";
    const bytes = Buffer.from(`tenant,region,box_client_secret,comment\n${row.repeat(3000)}t61,eu,${S},x\n`);
    const source = {
      path: "a.csv",
      size: bytes.length,
      async *chunks() {
        yield bytes;
      },
    };
    const { findings } = await scanSource(source as never, [boxSecretRule], { whole: 20_000, overlap: 2000 });
    expect(findings.map(({ line, column, certainty }) => [line, column, certainty])).toEqual([
      [3002, 8, "certain"],
    ]);
  });

  it("is in the column of a quoted cell with separators", () => {
    const file = `name,box_client_id,box_client_secret\n"Acme, ""Inc"", Ltd",${ID},${S}\n`;
    expect(findingsIn("a.csv", file)).toEqual(only(file, "box_client_secret"));
  });

  it("is named by its row, where that names it", () => {
    const file = `name,token\nbox_client_secret,${S}\n`;
    expect(findingsIn("a.csv", file)).toEqual(only(file, "box_client_secret"));
  });
});

describe("another value in a table", () => {
  const HARMLESS: readonly (readonly [what: string, path: string, text: string])[] = [
    ["a client ID before an empty secret", "a.csv", `tenant,box_client_id,box_client_secret\n1,${ID},\n`],
    ["a hash behind a reference", "a.csv", `box_client_secret,sha\nop://vault/box/secret,${ID}\n`],
    [
      "a client ID in COPY",
      "a.sql",
      `COPY apps (box_client_id, box_client_secret) FROM stdin;\n${ID}\t\\N\n\\.\n`,
    ],
    [
      "a client ID in INSERT",
      "a.sql",
      `INSERT INTO apps (box_client_id, box_client_secret) VALUES ('${ID}', NULL);`,
    ],
    ["a client ID in Markdown", "a.md", `| Box Client ID | Box Client Secret |\n|---|---|\n| ${ID} | - |\n`],
    [
      "a value behind the end of COPY",
      "a.sql",
      `COPY apps (id, box_client_secret) FROM stdin;\n1\t\\N\n\\.\n${"--\n".repeat(700)}2\t${S}\n`,
    ],
    [
      "a value behind the end of INSERT",
      "a.sql",
      `INSERT INTO apps (id, box_client_secret) VALUES (1, NULL);\n${"--\n".repeat(700)}SELECT f(2, '${S}');\n`,
    ],
    [
      "another column of another table",
      "a.md",
      `| Box Client Secret |\n|---|\n| - |\n\n${"text\n".repeat(400)}| Sum |\n|---|\n| ${S} |\n`,
    ],
    ["another vendor's column", "a.csv", `box_id,github_client_secret\n${"1,\n".repeat(100)}1,${S}\n`],
  ];
  it.each(HARMLESS)("%s is no secret", (_what, path, text) => expect(findingsIn(path, text)).toEqual([]));

  it("does not hide the secret beside it, nor its place", () => {
    const file = `tenant,box_client_id,box_client_secret\n1,${ID},${S}\n`;
    expect(findingsIn("a.csv", file)).toEqual(only(file, "box_client_secret"));
  });
});

it("reads a line of dashes that is no ruler in linear time", () =>
  expectLinearGrowth(
    (scale) => `box client secret\n\n${"-".repeat(3 * scale)}x|\n| a secret | b | ${S} |\n`,
    (text) => findingsIn("a.md", text),
  ));

it("reads rows whose strings do not end in linear time", () =>
  expectLinearGrowth(
    (scale) =>
      `INSERT INTO a (id, box_client_secret) VALUES\n${`(1, '\\'\\'\\', '${S}',\n`.repeat(500 * scale)}`,
    (text) => findingsIn("a.sql", text),
  ));
