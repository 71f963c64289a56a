import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../../action/rules/box-secret/box-secret.ts";
import { secretOf, seededText } from "./kinds.ts";

const find = (path: string, text: string) =>
  boxSecretRule.find({ path, bytes: Buffer.from(text), whole: true, start: { line: 1, column: 1 } });

const base64 = (text: string) => Buffer.from(text).toString("base64");
const config = (clientSecret: string) =>
  JSON.stringify({
    boxAppSettings: { clientID: seededText("id", 32, "lower"), clientSecret },
    enterpriseID: "123456",
  });

describe("a Box secret inside base64", () => {
  it("is reported at the beginning of the base64, under the name that the Kubernetes Secret gives it", () => {
    const text = `kind: Secret\ndata:\n  BOX_CLIENT_SECRET: ${base64(seededText("kubernetes", 32))}\n`;
    expect(find("s.yaml", text)).toMatchObject([
      {
        identity: "box-secret:s.yaml#BOX_CLIENT_SECRET",
        kind: "client secret",
        certainty: "certain",
        line: 3,
        column: 22,
      },
    ]);
  });

  it("is reported by its pointer if a whole config is encoded, in a file that does not name Box", () => {
    expect(find("w.yml", `env:\n  CONFIG: ${base64(config(seededText("config", 32)))}\n`)).toMatchObject([
      { identity: "box-secret:w.yml#/boxAppSettings/clientSecret", line: 2, column: 11 },
    ]);
  });

  const whole = base64(JSON.stringify(JSON.parse(config(seededText("wrapped", 32))), null, 2));
  const lines = (width: number) => whole.match(new RegExp(`.{1,${width}}`, "g")) ?? [];
  it.each([
    ["lines of 76 characters", "config.b64", `${lines(76).join("\n")}\n`, 1, 1],
    ["lines of 64 characters", "config.b64", `${lines(64).join("\r\n")}\r\n`, 1, 1],
    ["a block of YAML", "s.yaml", `data:\n  config.json: |\n    ${lines(76).join("\n    ")}\n  x: y\n`, 3, 5],
    ["a folded block of YAML", "s.yaml", `data:\n  c: >-\r\n    ${lines(76).join("\r\n    ")}\r\n`, 3, 5],
    ["a byte order mark", ".env", `BOX_CONFIG=${base64(`\ufeff${config(seededText("mark", 32))}`)}`, 1, 12],
    [
      "UTF-16",
      ".env",
      `BOX_CONFIG=${Buffer.from(config(seededText("utf-16", 32)), "utf16le").toString("base64")}`,
      1,
      12,
    ],
    [
      "a letter that is not ASCII at its beginning",
      ".env",
      `BOX_CONFIG=${base64(config(seededText("letter", 32)).replace("{", '{"name":"B\u00fcro",'))}`,
      1,
      12,
    ],
  ] as const)(
    "is reported at the beginning of a config in base64 with %s",
    (_what, path, text, line, column) => {
      expect(find(path, text)).toMatchObject([
        { identity: `box-secret:${path}#/boxAppSettings/clientSecret`, line, column },
      ]);
    },
  );

  it("is reported in each of several lines of base64", () => {
    const [first, second] = ["first", "second"].map((label) => base64(config(seededText(label, 32))));
    expect(find("box.txt", `${first}\n${second}\n`).map(({ line }) => line)).toEqual([1, 2]);
  });

  it("is not reported if the config that is encoded has a placeholder in its place", () => {
    expect(find(".env", `BOX_CONFIG=${base64(config("$(BOX_CLIENT_SECRET)"))}\n`)).toEqual([]);
  });
});

describe("an assertion", () => {
  it("is partial, because it expires within a minute, and is reported without a byte of it", () => {
    const assertion = secretOf("JWT assertion", "certainty");
    const findings = find("a.log", `DEBUG assertion=${assertion}\n`);
    expect(findings).toMatchObject([
      {
        kind: "JWT assertion",
        certainty: "partial",
        line: 1,
        column: 17,
        identity: "box-secret:a.log#assertion",
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain(assertion.slice(0, 12));
  });
});

describe("a downscoped token", () => {
  it("is reported under access_token in a file that does not name Box, and not under another name", () => {
    const token = `1!${seededText("downscoped", 120)}`;
    expect(find("a.json", `{"access_token":"${token}"}`)).toMatchObject([
      { kind: "access token", certainty: "partial", line: 1, column: 18 },
    ]);
    expect(find("a.json", `{"cursor":"${token}"}`)).toEqual([]);
  });
});
