import { hash } from "node:crypto";
import type { Credentials, Restriction, Subject } from "./credentials.ts";

/**
 * The cache key: everything a token depends on, hashed. Each part goes in with its length, so that no two
 * lists of parts can run together to the same text.
 */
export function cacheKey(parts: {
  readonly baseUrl: string;
  readonly credentials: Credentials;
  readonly subject: Subject;
  readonly restriction?: Restriction | undefined;
  readonly policyDigest: string;
  readonly isolatedFor?: string | undefined;
}): string {
  const { baseUrl, credentials, subject, restriction, policyDigest, isolatedFor } = parts;
  const named = [
    baseUrl,
    credentials.app,
    credentials.clientID,
    credentials.grant === "jwt" ? credentials.signer.publicKeyID : "",
    subject.type,
    subject.id,
    restriction === undefined ? "full" : `scopes ${[...restriction.scopes].sort().join(" ")}`,
    restriction?.resource ?? "",
    policyDigest,
    isolatedFor ?? "",
  ];
  const text = named.map((part) => `${part.length}:${part}`).join("");
  // In each request: an object of `createHash` would have to be collected.
  return hash("sha256", text, "base64url");
}
