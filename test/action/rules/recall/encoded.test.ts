import { Buffer } from "node:buffer";
import { describe, expect, it } from "vitest";
import { boxSecretRule } from "../../../../action/rules/box-secret/box-secret.ts";
import { drawn, secretOf } from "./kinds.ts";

const find = (path: string, text: string) =>
  boxSecretRule.find({ path, bytes: Buffer.from(text), whole: true, start: { line: 1, column: 1 } });

const base64 = (text: string) => Buffer.from(text).toString("base64");
const config = (clientSecret: string) =>
  JSON.stringify({
    boxAppSettings: { clientID: drawn("id", 32, "lower"), clientSecret },
    enterpriseID: "123456",
  });

describe("a Box secret inside base64", () => {
  it("is reported at the beginning of the base64, under the name that the Kubernetes Secret gives it", () => {
    const text = `kind: Secret\ndata:\n  BOX_CLIENT_SECRET: ${base64(drawn("kubernetes", 32))}\n`;
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
    expect(find("w.yml", `env:\n  CONFIG: ${base64(config(drawn("config", 32)))}\n`)).toMatchObject([
      { identity: "box-secret:w.yml#/boxAppSettings/clientSecret", line: 2, column: 11 },
    ]);
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
    const token = `1!${drawn("downscoped", 120)}`;
    expect(find("a.json", `{"access_token":"${token}"}`)).toMatchObject([
      { kind: "access token", certainty: "partial", line: 1, column: 18 },
    ]);
    expect(find("a.json", `{"cursor":"${token}"}`)).toEqual([]);
  });
});
