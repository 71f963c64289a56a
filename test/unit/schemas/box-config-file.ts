import { generateKeyPairSync } from "node:crypto";
import { expect } from "vitest";
import { type BoxConfig, parseBoxConfig } from "../../../schemas/box-config/parse.ts";
import { formatIssue, type Issue } from "../../../schemas/json/issue.ts";
import { type ReadIssue, readable } from "./readable.ts";

export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
export const passphrase = "0123456789abcdef0123456789abcdef";
export const plainKey = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
export const encryptedKey = rsa.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "des-ede3-cbc", passphrase })
  .toString();

const appAuth = { publicKeyID: "abcd1234", privateKey: encryptedKey, passphrase };
const boxAppSettings = { clientID: "client-id", clientSecret: "client-secret", appAuth };
export const file = { boxAppSettings, enterpriseID: "123456" };
export const blank = { publicKeyID: "", privateKey: "", passphrase: "" };

/** The file as Box writes it, with other values for some properties; undefined removes a property. */
export const changed = (root: object, settings: object = {}, auth: object = {}) =>
  JSON.stringify(
    {
      ...file,
      boxAppSettings: { ...boxAppSettings, appAuth: { ...appAuth, ...auth }, ...settings },
      ...root,
    },
    null,
    2,
  );

export function accepted(text: string): {
  readonly config: BoxConfig;
  readonly warnings: readonly ReadIssue[];
} {
  const parsed = parseBoxConfig(text);
  if (!parsed.ok) throw new Error(parsed.error.map(formatIssue).join("\n"));
  return { ...parsed.value, warnings: parsed.value.warnings.map(readable) };
}

export function issuesOf(text: string): readonly ReadIssue[] {
  const parsed = parseBoxConfig(text);
  expect(parsed.ok).toBe(false);
  return parsed.ok ? [] : parsed.error.map(readable);
}

export const pointers = (issues: readonly Issue[]) => issues.map(({ pointer }) => pointer);

export const KEY = "/boxAppSettings/appAuth/privateKey";
