import { createPublicKey, type KeyObject } from "node:crypto";
import { readDocument } from "../documents.ts";
import { type CheckResult, passed } from "./check.ts";

/** What is uploaded instead of a public key, by the label of its PEM. */
const MISTAKES: readonly (readonly [label: RegExp, what: string, next: string])[] = [
  [
    /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/,
    "certificate",
    "Box needs the public key in it: openssl x509 -pubkey -noout -in FILE, uploaded under Add and Manage Public Keys.",
  ],
  [
    /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----/,
    "certificate request",
    "Box needs the public key in it: openssl req -pubkey -noout -in FILE, uploaded under Add and Manage Public Keys.",
  ],
  [
    /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
    "private key",
    "If it was uploaded anywhere, make a new key pair. Box needs the public half: openssl pkey -pubout -in FILE.",
  ],
];

/** Whether the file that was uploaded at Box is the public half of the config's key. */
export async function publicKeyCheck(path: string, expected: KeyObject): Promise<CheckResult> {
  const check = "public-key";
  const document = await readDocument(path);
  if (!document.ok)
    return { check, status: "failed", summary: document.error, code: "public_key_unreadable" };
  const mistake = MISTAKES.find(([label]) => label.test(document.value));
  if (mistake !== undefined) {
    const [, what, next] = mistake;
    const summary = `${path} holds a ${what}, not a public key: Box accepts the upload, and refuses each signature.`;
    return { check, status: "failed", summary, code: "not_a_public_key", next };
  }
  const uploaded = publicKeyOf(document.value);
  if (uploaded === undefined) {
    const next = "Make it of the private key: openssl pkey -pubout -in key.pem.";
    return { check, status: "failed", summary: `${path} is no public key.`, code: "not_a_public_key", next };
  }
  if (uploaded.equals(expected))
    return passed(check, `${path} is the public half of the config's private key.`);
  return {
    ...{ check, status: "failed", code: "public_key_differs" },
    summary: `${path} is the public key of another private key.`,
    next: "Upload the public half of the config's key, and write the id that Box then shows into publicKeyID.",
  };
}

function publicKeyOf(text: string): KeyObject | undefined {
  try {
    return createPublicKey(text);
  } catch {
    return undefined;
  }
}
