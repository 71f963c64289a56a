import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { REENCRYPT } from "../../keys/formats.ts";
import { openPrivateKey } from "../../keys/open.ts";
import { newCertificates } from "../../sandbox/http/certificates.ts";
import { PASSPHRASE, pkcs1Pem, rsaKeyPair, traditionalPem } from "../keys.ts";
import { needs } from "./needs.ts";

const { privateKey } = rsaKeyPair();

test("OpenSSL accepts the certificates", needs("OpenSSL 3 with its legacy provider"), async () => {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-tls-"));
  const { ca, cert } = await newCertificates();
  const [caPath, certPath] = [join(folder, "ca.pem"), join(folder, "cert.pem")];
  writeFileSync(caPath, ca);
  writeFileSync(certPath, cert);
  const strict = ["-x509_strict", "-purpose", "sslserver", "-verify_ip", "127.0.0.1"];
  const output = execFileSync("openssl", ["verify", ...strict, "-CAfile", caPath, certPath]);
  rmSync(folder, { recursive: true });
  expect(output.toString()).toMatch(/: OK\n$/);
});

describe("with the openssl of this machine", needs("OpenSSL 3 with its legacy provider"), () => {
  const folder = mkdtempSync(join(tmpdir(), "box-sts-keys-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const source = join(folder, "source.pem");
  writeFileSync(source, pkcs1Pem(privateKey));
  const run = (...given: string[]) =>
    execFileSync("openssl", [...given, "-passout", `pass:${PASSPHRASE}`, "-out", join(folder, "key.pem")], {
      stdio: "pipe",
    });
  const LEGACY = ["-provider", "legacy", "-provider", "default"];

  /** Runs a command of ours as a user would, giving its passphrases on the command line. */
  const convert = (command: string) => {
    const [, ...given] = command.split(" ");
    execFileSync("openssl", [...given, "-passin", `pass:${PASSPHRASE}`, "-passout", "pass:new"], {
      cwd: folder,
      stdio: "pipe",
    });
    return readFileSync(join(folder, "new-key.pem"), "utf8");
  };
  const made = () => readFileSync(join(folder, "key.pem"), "utf8");

  const WRITERS: readonly (readonly [string, readonly string[], boolean])[] = [
    ...[
      "PBE-MD5-DES",
      "PBE-SHA1-DES",
      "PBE-MD5-RC2-64",
      "PBE-SHA1-RC2-64",
      "PBE-SHA1-RC4-128",
      "PBE-SHA1-RC4-40",
      "PBE-SHA1-RC2-128",
      "PBE-SHA1-RC2-40",
    ].map((scheme) => [scheme, ["pkcs8", "-topk8", "-v1", scheme], false] as const),
    ...["PBE-SHA1-3DES", "PBE-SHA1-2DES"].map(
      (scheme) => [scheme, ["pkcs8", "-topk8", "-v1", scheme], true] as const,
    ),
    ...["des-cbc", "rc2-cbc", "rc2-64-cbc", "rc2-40-cbc", "bf-cbc", "cast5-cbc", "seed-cbc"].flatMap(
      (cipher) => [
        [`PBES2 ${cipher}`, ["pkcs8", "-topk8", "-v2", cipher], false] as const,
        [`traditional ${cipher}`, ["rsa", "-traditional", `-${cipher}`], false] as const,
      ],
    ),
    ...[
      "des-ede3-cbc",
      "aes-128-cbc",
      "aes-192-cbc",
      "aes-256-cbc",
      "aes-256-ofb",
      "camellia-192-cbc",
      "aria-256-cbc",
      "sm4-cbc",
    ].flatMap((cipher) => [
      [`PBES2 ${cipher}`, ["pkcs8", "-topk8", "-v2", cipher], true] as const,
      [`traditional ${cipher}`, ["rsa", "-traditional", `-${cipher}`], true] as const,
    ]),
    ["traditional desx-cbc", ["rsa", "-traditional", "-desx-cbc"], false],
    ["PBES2 scrypt", ["pkcs8", "-topk8", "-scrypt"], true],
  ];

  test.each(WRITERS)("opens %s, or converts it with the command of its refusal", (_, given, opens) => {
    run(...given, ...LEGACY, "-in", source);
    const result = openPrivateKey(made(), PASSPHRASE);
    expect(result.ok).toBe(opens);
    const command = result.ok ? REENCRYPT : (/`([^`]+)`/.exec(result.error.fix)?.[1] ?? "");
    const converted = openPrivateKey(convert(command), "new");
    expect(converted).toMatchObject({ ok: true, value: { repairs: [] } });
    expect(converted.ok && converted.value.key.equals(privateKey)).toBe(true);
  });

  test("lowers the rounds of a key that has too many with the command of its refusal", () => {
    run("pkcs8", "-topk8", "-iter", "1000001", "-in", source);
    const result = openPrivateKey(made(), PASSPHRASE);
    const command = result.ok ? "" : (/`([^`]+)`/.exec(result.error.fix)?.[1] ?? "");
    expect(openPrivateKey(convert(command), "new")).toMatchObject({
      ok: true,
      value: { facts: { rounds: 600_000 } },
    });
  });

  test("reads our own traditional and Box-style keys", () => {
    writeFileSync(join(folder, "key.pem"), traditionalPem(privateKey, "des-ede3-cbc"));
    expect(openPrivateKey(convert(REENCRYPT), "new").ok).toBe(true);
  });
});
