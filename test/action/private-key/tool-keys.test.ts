import { generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { spkiIdentity } from "../../../action/rules/private-key/formats/fingerprint.ts";
import { KINDS } from "./kinds.ts";

const found = (text: string) => {
  const bytes = Buffer.from(text, "latin1");
  return detectKeys(bytes, undefined, budgetFor(bytes.length)).map(({ key, offset, size }) => ({
    ...{ container: key.container, certainty: key.certainty, identity: key.identity },
    text: text.slice(offset, offset + size),
  }));
};

const wrapped = (text: string) => (text.match(/.{1,64}/g) ?? []).join("\n");
const pem = (label: string, bytes: Buffer) =>
  `-----BEGIN ${label}-----\n${wrapped(bytes.toString("base64"))}\n-----END ${label}-----`;
const sigstore = () =>
  Buffer.from(
    JSON.stringify({
      kdf: { name: "scrypt", params: { N: 65_536, r: 8, p: 1 }, salt: randomBytes(32).toString("base64") },
      cipher: { name: "nacl/secretbox", nonce: randomBytes(24).toString("base64") },
      ciphertext: randomBytes(200).toString("base64"),
    }),
  );

describe("a key of another tool in PEM", () => {
  it.each([
    ["Nebula, X25519", "NEBULA X25519 PRIVATE KEY", randomBytes(32)],
    ["Nebula, Ed25519", "NEBULA ED25519 PRIVATE KEY", randomBytes(64)],
    ["Sigstore", "ENCRYPTED SIGSTORE PRIVATE KEY", sigstore()],
    ["Cosign", "ENCRYPTED COSIGN PRIVATE KEY", sigstore()],
    ["another tool", "SOMETHING-1 PRIVATE KEY", randomBytes(230)],
  ])("of %s is found, whatever it is in", (_, label, bytes) => {
    const text = pem(label, bytes);
    const [plain, ...more] = found(`# a key\n${text}\nother: 1\n`);
    expect([plain, more]).toEqual([{ ...plain, container: "tool-pem", certainty: "certain", text }, []]);
    const containers = [
      JSON.stringify({ key: `${text}\n` }),
      text.replaceAll("\n", "\r\n"),
      `key: |\n${text.replace(/^/gm, "    ")}\n`,
      Buffer.from(text).toString("base64"),
    ];
    for (const container of containers)
      expect(found(container).map(({ identity }) => identity)).toEqual([plain?.identity]);
  });

  it("has the fingerprint of its content", () => {
    const [one, other] = [randomBytes(32), randomBytes(32)].map((bytes) =>
      pem("NEBULA X25519 PRIVATE KEY", bytes),
    );
    expect(new Set(found(`${one}\n${other}\n${one}\n`).map(({ identity }) => identity)).size).toBe(2);
  });

  it.each([
    ["no content", pem("NEBULA X25519 PRIVATE KEY", Buffer.alloc(32))],
    [
      "a placeholder",
      `-----BEGIN NEBULA X25519 PRIVATE KEY-----\n...\n-----END NEBULA X25519 PRIVATE KEY-----`,
    ],
    ["a short content", pem("NEBULA X25519 PRIVATE KEY", randomBytes(24))],
    ["no end", pem("NEBULA X25519 PRIVATE KEY", randomBytes(32)).split("-----END")[0] ?? ""],
    ["another end", pem("OTHER PRIVATE KEY", randomBytes(99)).replace("END OTHER", "END NEBULA")],
    ["a label of RSA and no structure", pem("RSA PRIVATE KEY", randomBytes(600))],
    ["the label of a TPM, which alone opens it", pem("TSS2 PRIVATE KEY", randomBytes(230))],
    ["a label that says it is none", pem("FAKE PRIVATE KEY", randomBytes(600))],
  ])("is not reported with %s", (_, text) => {
    expect(found(`${text}\n`)).toEqual([]);
  });
});

describe("a key of WireGuard", () => {
  const pair = generateKeyPairSync("x25519");
  const secret = Buffer.from(pair.privateKey.export({ format: "jwk" }).d ?? "", "base64url").toString(
    "base64",
  );
  const peer = randomBytes(32).toString("base64");
  const conf = `[Interface]\nAddress = 10.0.0.1/24\nPrivateKey = ${secret}\n\n[Peer]\nPublicKey = ${peer}\nPresharedKey = ${peer}\n`;

  it.each([
    ["wg.conf", conf],
    ["wg.conf without blanks", conf.replaceAll(" = ", "=")],
    [
      "a file of systemd-networkd",
      `[NetDev]\nKind=wireguard\n\n[WireGuard]\nPrivateKey=${secret}\nListenPort=51820\n`,
    ],
    ["JSON", JSON.stringify({ conf })],
    ["base64", Buffer.from(conf).toString("base64")],
  ])("is found in %s, and no public key", (_, text) => {
    expect(found(text)).toMatchObject([
      { container: "wireguard", certainty: "certain", identity: spkiIdentity(pair.publicKey) },
    ]);
  });

  it.each([
    ["a key of 31 bytes", conf.replace(secret, randomBytes(31).toString("base64"))],
    ["a placeholder", conf.replace(secret, `${"A".repeat(43)}=`)],
    ["another program's setting", `PrivateKey = ${secret}\n`],
    ["a hash", conf.replace(secret, randomBytes(64).toString("base64"))],
  ])("is not reported where there is %s", (_, text) => {
    expect(found(text)).toEqual([]);
  });
});

it("a label of a tool before a known structure is reported once, as that structure", () => {
  const { content } = KINDS["pkcs8-rsa"]!;
  const text = content.toString().replaceAll("PRIVATE KEY", "NEBULA PRIVATE KEY");
  expect(found(text)).toMatchObject([{ container: "pkcs8", certainty: "certain" }]);
});
