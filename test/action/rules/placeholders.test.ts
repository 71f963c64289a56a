import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { checkCommittedConfig } from "../../../schemas/box-config/committed.ts";
import { isPlaceholder } from "../../../schemas/box-config/placeholders.ts";
import { asJson } from "../../../schemas/json/jsonc.ts";
import { readJson } from "../../../schemas/json/parse.ts";
import { generate } from "../../../tools/generate.ts";
import { expectLinearGrowth } from "../../support/growth.ts";
import { SECRETS } from "./vectors.ts";

const brace = (name: string) => `$${`{${name}}`}`;

const PLACEHOLDERS = [
  ...[
    "",
    "  ",
    brace("VAR"),
    brace("A") + brace("B"),
    brace("VAR:-x"),
    `$${brace("{ secrets.VAR }")}`.slice(1),
  ],
  ...["$VAR", "$env:VAR", "$(VAR)", "%VAR%", "{{ var }}", "{{{var}}}", "{{resolve:ssm-secure:/box/secret}}"],
  ...[
    "<%= ENV['X'] %>",
    "{client_secret}",
    "#{BoxClientSecret}",
    "__SECRET__",
    "@@SECRET@@",
    "<client secret>",
  ],
  ...[
    "[client secret]",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:box-AbCdEf",
    "/prod/box/secret",
  ],
  ...[
    "arn:aws-us-gov:ssm:us-gov-west-1:123456789012:parameter/box",
    "op://vault/item/field",
    "vault:secret/box#x",
  ],
  ...[
    "VAULT:x",
    "env:BOX",
    "@Microsoft.KeyVault(VaultName=v;SecretName=s)",
    "projects/1/secrets/box/versions/1",
  ],
  ...[
    "ENC[AES256_GCM,data:x]",
    "ENC(x)",
    "{cipher}abc",
    "REDACTED",
    "redacted",
    "***",
    "…",
    "x",
    "xxxx",
    "XXXX-XXXX",
  ],
  ...[
    "....",
    "00000000",
    "changeme",
    "change-me",
    "CHANGE_ME",
    "your client secret here",
    "YOUR_CLIENT_SECRET",
  ],
  ...[
    "yourClientSecret",
    "insert secret",
    "example",
    "dummy-secret",
    "client-secret",
    "clientSecret",
    "secret",
  ],
  ...["passphrase", "test", "test-secret", "foo", "secret123", "TODO", "null", "undefined", "none"],
];

const SECRET = [
  ...Object.values(SECRETS).filter((value) => value.length <= 64),
  ...[
    "hunter2",
    "s3cr3t!",
    "100%",
    "{",
    "a{b}c",
    "correct horse battery",
    "/",
    "/abc",

    "1",
    "op:",
  ],
];

describe("a word of four letters", () => {
  const words = ["your", "fake", "todo", "mock"];
  const capital = (word: string) => `${word[0]?.toUpperCase()}${word.slice(1)}`;

  it.each(words)(
    "%s makes a placeholder at the beginning, behind a sign, in camelCase and among letters",
    (word) => {
      for (const value of [
        `${word}Secret123`,
        `box-${word.toUpperCase()}-secret`,
        `put${capital(word)}Secret9`,
      ])
        expect(isPlaceholder(value)).toBe(true);
      for (const value of [`enter${word}secret`, `ENTER${word.toUpperCase()}SECRET`])
        expect(isPlaceholder(value)).toBe(true);
    },
  );

  it.each(words)("%s makes none in the middle of a random value", (word) => {
    const cases = [word.toUpperCase(), `${word.slice(0, 3)}${word[3]?.toUpperCase()}`, word];
    for (const each of cases) expect(isPlaceholder(`k9${each}3xQzL0vB7nW2cR5yJ8hM1dF4gP`)).toBe(false);
  });
});

describe("a placeholder", () => {
  it.each(PLACEHOLDERS)("is one: %s", (value) => expect(isPlaceholder(value)).toBe(true));
  it.each(SECRET)("is none: %s", (value) => expect(isPlaceholder(value)).toBe(false));

  it("is accepted by the committed schema, and a secret is not", () => {
    const open = (clientSecret: string) =>
      checkCommittedConfig(
        readJson(JSON.stringify({ boxAppSettings: { clientID: "x", clientSecret }, enterpriseID: "1" }))
          .document as never,
      ).open.length;
    for (const value of PLACEHOLDERS.filter((one) => one.trim() !== ""))
      expect([value, open(value)]).toEqual([value, 0]);
    for (const value of SECRET) expect([value, open(value)]).toEqual([value, 1]);
  });

  it.each(["secret", "client-", "-", "x", "/a", "{{", brace("a"), "<", "your ", "passphrase_", "ENC["])(
    "is recognised by work that grows in proportion to its length: repeated %s",
    async (unit) => {
      await expectLinearGrowth(
        (scale) => `${unit.repeat(5_000 * scale).slice(0, 5_000 * scale)}!`,
        isPlaceholder,
      );
    },
  );
});

describe("JSON with comments", () => {
  it.each([
    ['{"a":1,}', '{"a":1 }'],
    ["[1, 2, // two\n]", "[1, 2        \n]"],
    ['{/* a\r\nb */"a":1}', '{    \r\n    "a":1}'],
    ['{"a":"//x, }"}', '{"a":"//x, }"}'],
    ["[,]", "[,]"],
    ["[1,,]", "[1,,]"],
  ])("%j becomes %j", (given, plain) => expect(asJson(given)).toBe(plain));
});

describe("the committed schema", () => {
  const SCHEMAS = join(import.meta.dirname, "../../../schemas");
  it("is made of the stored one, and drift is found and repaired", async () => {
    const folder = mkdtempSync(join(tmpdir(), "box-sts-derived-"));
    const name = "box-config-committed.schema.json";
    for (const file of readdirSync(SCHEMAS).filter((one) => one.endsWith(".schema.json")))
      cpSync(join(SCHEMAS, file), join(folder, file));
    for (const made of ["generated", "draft-07"])
      cpSync(join(SCHEMAS, made), join(folder, made), { recursive: true });
    const committed = readFileSync(join(folder, name), "utf8");
    writeFileSync(
      join(folder, name),
      committed.replace("may be", "might be").replace("Reference to", "Pointer to"),
    );
    expect(await generate(folder, { write: false })).toEqual([name, `draft-07/${name}`]);
    await generate(folder, { write: true });
    expect(JSON.parse(readFileSync(join(folder, name), "utf8"))).toEqual(JSON.parse(committed));
    rmSync(folder, { recursive: true });
  });
});
