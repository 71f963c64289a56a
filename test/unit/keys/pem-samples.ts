import { Buffer } from "node:buffer";
import { type Pem, readPem } from "../../../keys/pem/pem.ts";
import { boxStylePem, pkcs8Pem, rsaKeyPair, traditionalPem } from "../../keys.ts";

export const { privateKey, publicKey } = rsaKeyPair();
export const plain = pkcs8Pem(privateKey);
export const box = boxStylePem(privateKey);
export const traditional = traditionalPem(privateKey, "des-ede3-cbc");

export const base64 = (text: string) => Buffer.from(text).toString("base64");
export const lines = (text: string) => text.trimEnd().split("\n");
export const replaceBody = (pem: string, change: (body: string) => string) =>
  pem.replace(/(?<=-----\n)(?!-----)[^-]+(?=-----END)/, change);

export function repaired(text: string): Pem {
  const read = readPem(text);
  if (!read.ok) throw new Error(read.error.kind);
  return read.value;
}
