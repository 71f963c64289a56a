import { scryptSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { SkippedKind } from "../../../action/scan/skipped.ts";
import { SecretBinder } from "../../../action/suppressions/bind-secrets.ts";
import {
  formatSecretHashes,
  newSalt,
  parseSecretHashes,
  hashSecret as slowHash,
} from "../../../action/suppressions/secret-hash.ts";

const PLACE = "box-secret:.env#BOX_CLIENT_SECRET";
const salt = newSalt();
const hashes = new Map<string, string>();
/** A hash takes 0.2 s of processor time: each is computed once. */
function hashSecret(secret: string, salted: string): string {
  const name = `${salted} ${secret}`;
  const hash = hashes.get(name) ?? slowHash(secret, salted);
  hashes.set(name, hash);
  return hash;
}
const entry = (...secrets: readonly string[]) => ({
  identity: PLACE,
  secretHash: formatSecretHashes({ salt, hashes: secrets.map((secret) => hashSecret(secret, salt)) }),
});

describe("the hash of a suppressed secret", () => {
  it("is scrypt with the published settings, and a salt of its own for each entry", () => {
    const expected = scryptSync("one", Buffer.from(salt, "base64"), 32, {
      N: 32_768,
      r: 8,
      p: 3,
      maxmem: 2 ** 26,
    });
    expect(`${slowHash("one", salt)}=`).toBe(expected.toString("base64"));
    expect(Buffer.from(salt, "base64")).toHaveLength(16);
    expect(newSalt()).not.toBe(salt);
  });

  it("is read back as it is written", () => {
    const two = { salt, hashes: ["A".repeat(43), "b".repeat(43)] };
    expect(formatSecretHashes(two)).toMatch(/^scrypt\$ln=15,r=8,p=3\$[\w+/]{22}\$A{43},b{43}$/);
    expect(parseSecretHashes(formatSecretHashes(two))).toEqual(two);
  });

  it.each([
    ["cheaper settings", `scrypt$ln=1,r=1,p=1$${"A".repeat(22)}$${"A".repeat(43)}`],
    ["dearer settings", `scrypt$ln=31,r=8,p=3$${"A".repeat(22)}$${"A".repeat(43)}`],
    ["no hash", `scrypt$ln=15,r=8,p=3$${"A".repeat(22)}$`],
    ["a shorter salt", `scrypt$ln=15,r=8,p=3$AAAA$${"A".repeat(43)}`],
    ["the secret itself", "abcdefghijklmnopqrstuvwxyz012345"],
  ])("is refused with %s", (_, text) => {
    expect(parseSecretHashes(text)).toBeUndefined();
  });
});

describe("a binder of secrets", () => {
  const reported: SkippedKind[] = [];
  const onSkipped = (kind: SkippedKind) => void reported.push(kind);

  it("gives the hash of a secret that the entry for its place names, and nothing for another secret", () => {
    const { bind } = new SecretBinder([entry("one", "two")]);
    expect(bind(PLACE, "two")).toBe(hashSecret("two", salt));
    expect(bind(PLACE, "three")).toBeUndefined();
    expect(bind("box-secret:other#BOX_CLIENT_SECRET", "two")).toBeUndefined();
  });

  it("computes nothing for a place that no entry names, and one hash for a secret that occurs again", () => {
    const { bind } = new SecretBinder([entry("one")], { spare: 0 });
    const hash = bind(PLACE, "one", onSkipped);
    expect(hash).toBeDefined();
    for (let at = 0; at < 1000; at++) bind(`box-secret:${at}#A`, `${at}`, onSkipped);
    for (let at = 0; at < 1000; at++) expect(bind(PLACE, "one", onSkipped)).toBe(hash);
    expect(reported).toEqual([]);
  });

  it("reports a secret beyond the hashes that its entries need as not compared, and does not suppress it", () => {
    const { bind } = new SecretBinder([entry("one")], { spare: 1 });
    expect([bind(PLACE, "two", onSkipped), bind(PLACE, "three", onSkipped)]).toEqual([undefined, undefined]);
    expect(reported).toEqual([]);
    expect(bind(PLACE, "one", onSkipped)).toBeUndefined();
    expect(reported).toEqual(["suppressions"]);
  });

  it("makes a new salt for a baseline, one for each place", () => {
    const binder = new SecretBinder([entry("one")], { creates: true });
    expect(binder.bind(PLACE, "one")).toBe(hashSecret("one", salt));
    expect(binder.newSalt(PLACE)).toBeUndefined();
    const hash = binder.bind(PLACE, "two");
    const made = binder.newSalt(PLACE) ?? "";
    expect(made).not.toBe(salt);
    expect(hash).toBe(hashSecret("two", made));
  });
});
