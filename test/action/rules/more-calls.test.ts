import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { boxSecretRule } from "../../../action/rules/box-secret/box-secret.ts";
import { START } from "../../../schemas/json/position.ts";

const value = () => randomBytes(16).toString("hex").replace(/^./, "Q");
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
