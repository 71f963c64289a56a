import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { START } from "../../../schemas/json/position.ts";

const value = () => randomBytes(16).toString("hex").replace(/^./, "Q");
const hex = () => randomBytes(16).toString("hex");
const findingsIn = (text: string) =>
  boxSecretRule
    .find({ path: "src/a.txt", bytes: Buffer.from(text), whole: true, start: START })
    .map(({ kind, certainty }) => `${certainty} ${kind}`);

it("a secret that is given to the SDK for iOS in Objective-C is found", () => {
  const call = `[BOXContentClient setClientID:@"${value()}" clientSecret:@"${value()}"];`;
  expect(findingsIn(call)).toEqual(["certain client secret"]);
});

it("a secret beside another content client is none of Box", () => {
  const call = `[XBoxContentClients setClientID:@"${value()}" clientSecret:@"${value()}"];`;
  expect(findingsIn(call)).toEqual([]);
});

it.each(["", ", jwtPublicKeyId"])("a passphrase that the SDK for .NET takes is found: %s", (rest) => {
  const call = `var config = new BoxConfig(id, secret, enterprise, privateKey, "${hex()}"${rest});`;
  expect(findingsIn(call)).toEqual(["certain passphrase"]);
});

it.each([
  ["the name of a secret", "aws secretsmanager create-secret --name box --secret-string"],
  ["a title", "op item create --title=Box"],
])("a client secret in a command that names Box as %s is found", (_, command) => {
  const json = JSON.stringify({ client_id: value(), client_secret: value() });
  expect(findingsIn(`${command} '${json}'\n`)).toEqual(["partial client secret"]);
});

it.each([
  ["echo", 'echo "V" > /run/secrets/box_client_secret'],
  ["printf", `printf '%s' 'V' >> "secrets/box_client_secret"`],
  ["echo without quotation marks", "echo V >box-client-secret"],
])("a client secret that %s writes into a file with its name is found", (_, command) => {
  expect(findingsIn(`${command.replace("V", value())}\n`)).toEqual(["certain client secret"]);
});

it.each([
  ["plain", '"'],
  ["escaped in SQL", '\\"'],
])("a client secret that PHP serializes is found, %s", (_, quote) => {
  const serialized = `a:1:{s:13:"client_secret";s:32:"${value()}";}`.replaceAll('"', quote);
  expect(findingsIn(`INSERT INTO wp_options VALUES (1,'box_settings','${serialized}','yes');`)).toEqual([
    "partial client secret",
  ]);
});

const serverToken = () => `1!${randomBytes(426).toString("base64url")}..`;

it.each([
  ["in an address", "GET https://api.box.com/2.0/files/1/content?access_token=V&x=1", "%21"],
  ["in an escaped address", "https://api.box.com/x?q=%22access_token%22%3A%22V%22", "%21"],
  ["in a command", 'curl -H "Authorization: Bearer V" https://api.box.com/2.0/users/me', "\\!"],
  ["in JSON", '{"host":"api.box.com","access_token":"V"}', "\\u0021"],
])("a server's token is found %s where its exclamation mark is escaped", (_, text, mark) => {
  const written = serverToken().replace("!", mark);
  expect(findingsIn(text.replace("V", written))).toEqual(["certain access token"]);
});

it("a server's token at the end of a sentence is found, and one that is left out in part is not", () => {
  const token = serverToken();
  expect(findingsIn(`The Box access token is ${token}.\n`)).toHaveLength(1);
  expect(findingsIn(`The Box access token is ${token.slice(0, 60)}...\n`)).toEqual([]);
});

it("numbers with an escaped exclamation mark in an address are no tokens", () => {
  const part = randomBytes(60).toString("base64url");
  for (const text of [`https://maps.example/box/data=!1%21${part}`, `https://a.example/box/1%21${part}`])
    expect(findingsIn(text)).toEqual([]);
});
