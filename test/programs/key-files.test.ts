import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { privateKeyRule } from "../../action/rules/private-key/private-key.ts";
import { rsaKeyPair } from "../keys.ts";
import { needs } from "./needs.ts";

const folder = mkdtempSync(join(tmpdir(), "box-sts-key-files-"));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string) => join(folder, name);

const found = (bytes: Buffer) =>
  privateKeyRule
    .find({ path: "a.bin", bytes, whole: true, start: { line: 1, column: 1 } })
    .map(({ kind, identity }) => [kind, identity]);

const spki = (key: KeyObject) => {
  const open = key.type === "public" ? key : createPublicKey(key);
  return `spki-sha256:${createHash("sha256")
    .update(open.export({ type: "spki", format: "der" }))
    .digest("hex")}`;
};

const { privateKey } = rsaKeyPair(2048);

describe.each(["JKS", "JCEKS"])("keytool's %s store", needs("keytool"), (type) => {
  const keytool = (store: string, ...args: readonly string[]) =>
    execFileSync(
      "keytool",
      [...args, "-keystore", at(store), "-storetype", type, "-storepass", "changeit1"],
      {
        stdio: ["ignore", "pipe", "ignore"],
      },
    );

  test("of two keys has both, with the public keys of their certificates; one of certificates has none", () => {
    const [store, trust] = [`${type}.ks`, `${type}-trust.ks`];
    const identities = ["RSA", "EC"].map((algorithm) => {
      const make = [
        "-genkeypair",
        "-alias",
        algorithm,
        "-keyalg",
        algorithm,
        "-dname",
        "CN=a",
        "-keypass",
        "changeit1",
      ];
      keytool(store, ...make);
      const certificate = keytool(store, "-exportcert", "-rfc", "-alias", algorithm);
      writeFileSync(at("a.crt"), certificate);
      keytool(trust, "-importcert", "-noprompt", "-alias", algorithm, "-file", at("a.crt"));
      return [`encrypted JKS ${algorithm} private key`, spki(new X509Certificate(certificate).publicKey)];
    });
    expect(found(readFileSync(at(store))).toSorted()).toEqual(identities.toSorted());
    expect(found(readFileSync(at(trust)))).toEqual([]);
  });
});

test("GnuPG's private-keys-v1.d has the keys that gpg made, plain and protected", needs("gpg 2"), () => {
  const home = at("gnupg");
  mkdirSync(home, { mode: 0o700 });
  const gpg = (passphrase: string, algorithm: string) =>
    execFileSync(
      "gpg",
      ["--homedir", home, "--batch", "--pinentry-mode", "loopback", "--passphrase", passphrase].concat([
        "--quick-gen-key",
        algorithm,
        algorithm,
      ]),
      { stdio: "ignore" },
    );
  const kinds: string[] = [];
  try {
    for (const [algorithm, name] of [
      ["rsa2048", "RSA"],
      ["ed25519", "Ed25519"],
      ["nistp256", "EC"],
      ["dsa2048", "DSA"],
    ] as const) {
      gpg("", algorithm);
      kinds.push(`GnuPG ${name} private key`);
    }
    gpg("a passphrase", "rsa3072");
    kinds.push("encrypted GnuPG RSA private key");
  } finally {
    execFileSync("gpgconf", ["--homedir", home, "--kill", "all"], { stdio: "ignore" });
  }
  const files = readdirSync(join(home, "private-keys-v1.d"));
  const all = files.flatMap((file) => found(readFileSync(join(home, "private-keys-v1.d", file))));
  expect(all.map(([kind]) => kind).toSorted()).toEqual(kinds.toSorted());
  expect(all.every(([, identity]) => identity?.startsWith("spki-sha256:"))).toBe(true);
});

test(
  "OpenSSL's PVK and MSBLOB are found, and MSBLOB of a public key is not",
  needs("OpenSSL 3 with its legacy provider"),
  () => {
    writeFileSync(at("k.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    const openssl = (...args: readonly string[]) =>
      execFileSync(
        "openssl",
        ["rsa", "-in", at("k.pem"), "-provider", "legacy", "-provider", "default", ...args],
        {
          stdio: ["ignore", "pipe", "ignore"],
        },
      );
    const expected = [["Microsoft RSA private key", spki(privateKey)]];
    expect(found(openssl("-outform", "MSBLOB"))).toEqual(expected);
    expect(found(openssl("-outform", "PVK", "-pvk-none"))).toEqual(expected);
    const locked = found(openssl("-outform", "PVK", "-pvk-strong", "-passout", "pass:abc"));
    expect(locked.map(([kind]) => kind)).toEqual(["encrypted Microsoft RSA private key"]);
    expect(found(openssl("-outform", "MSBLOB", "-pubout"))).toEqual([]);
  },
);

test.each([
  ["xxd"],
  ["xxd", "-u", "-c", "32", "-g", "1"],
  ["xxd", "-e"],
  ["hexdump", "-C"],
  ["hexdump"],
  ["od", "-A", "x", "-t", "x1z", "-v"],
  ["od", "-x"],
  ["od", "-b"],
])("the dump of a key by %s is found", needs("hexdump, od and xxd"), (program, ...args) => {
  const pem = at("dump.pem");
  writeFileSync(pem, privateKey.export({ type: "pkcs8", format: "pem" }));
  const dump = execFileSync(program, [...args, pem]);
  expect(found(dump)).toEqual([["PKCS#8 RSA private key", spki(createPrivateKey(readFileSync(pem)))]]);
});
