import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { spkiIdentity } from "../../../action/rules/private-key/formats/fingerprint.ts";
import { KINDS } from "./kinds.ts";

const found = (text: string) => {
  const bytes = Buffer.from(text, "latin1");
  return detectKeys(bytes, undefined, budgetFor(bytes.length)).map(({ key, offset, size }) => ({
    ...{ container: key.container, certainty: key.certainty, identity: key.identity },
    isEncrypted: key.encryption !== undefined,
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

/** One line, and lines that a program or a protocol wrote. */
const MORE_CONTAINERS: readonly ((text: string) => string)[] = [
  (text) => JSON.stringify({ key: text.trimEnd().split("\n") }),
  (text) => `key = [${text.trimEnd().replaceAll(/^.*$/gm, "'$&',").replaceAll("\n", " ")}].join("\\n")`,
  (text) => `key=${encodeURIComponent(text)}`,
  (text) => `key=${encodeURIComponent(text).replaceAll("%20", "+")}`,
  (text) =>
    text
      .trimEnd()
      .split("\n")
      .map((line, at) => {
        const time = `2026-01-02T03:04:${10 + at}.123456789Z`;
        return `${JSON.stringify({ log: `${line}\n`, stream: "stdout", time })}\n`;
      })
      .join(""),
];

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
      text.replace(/^/gm, "# "),
      text.replace(/^/gm, "+"),
      text.replaceAll(/^.*$/gm, '  "$&\\n"'),
      text.replaceAll(/^.*$/gm, 'buffer.append("$&").append("\\n");'),
      text.replaceAll(/^.*$/gm, "<li>$&</li>"),
      `key = "${text.replaceAll("\n", '\\n" +\n  "')}";`,
      text.replace(/^/gm, "2026-01-02T03:04:05.123Z INFO [main] "),
      JSON.stringify({ source: text.split("\n").map((line) => `${line}\n`) }, null, 1),
      ...MORE_CONTAINERS.map((around) => around(text)),
    ];
    for (const container of containers)
      expect(found(container).map(({ identity }) => identity)).toEqual([plain?.identity]);
  });

  it("is found behind headers and before a checksum, and is encrypted where they name how", () => {
    const text = pem("TENDERMINT PRIVATE KEY", randomBytes(94))
      .replace("\n", "\nkdf: bcrypt\nsalt: 013EA02107E5A48BD7DD622B54E8017A\ntype: secp256k1\n\n")
      .replace("\n-----END", "\n=AbCd\n-----END");
    for (const container of [text, JSON.stringify({ text }), text.replaceAll("\n", "\r\n")])
      expect(found(container)).toMatchObject([
        { container: "tool-pem", certainty: "certain", isEncrypted: true },
      ]);
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

/** A key for X25519 in base64 that has a slash there and nowhere else. */
function withSlash(at: number): readonly [KeyObject, string] {
  for (;;) {
    const { privateKey, publicKey } = generateKeyPairSync("x25519");
    const secret = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url").toString("base64");
    if (secret.indexOf("/") === at && secret.lastIndexOf("/") === at) return [publicKey, secret];
  }
}

describe("a key of ssh.com", () => {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 1024 });
  const jwk = privateKey.export({ format: "jwk" });
  const number = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
  };
  const string = (bytes: Buffer | string) => Buffer.concat([number(bytes.length), Buffer.from(bytes)]);
  const integer = (part: string | undefined) => {
    const bytes = Buffer.from(part ?? "", "base64url");
    return Buffer.concat([number(bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24), bytes]);
  };
  const numbers = string(
    Buffer.concat([jwk.e, jwk.d, jwk.n, jwk.qi, jwk.p, jwk.q].map((part) => integer(String(part)))),
  );
  const file = (cipher: string, secret: Buffer, kind = "if-modn{sign{rsa-pkcs1-sha1}}") => {
    const rest = Buffer.concat([string(kind), string(cipher), string(secret)]);
    const content = Buffer.concat([number(0x3f6ff9eb), number(rest.length + 8), rest]).toString("base64");
    const body = (content.match(/.{1,70}/g) ?? []).join("\n");
    const label = "SSH2 ENCRYPTED PRIVATE KEY";
    return `---- BEGIN ${label} ----\nComment: "rsa-key"\n${body}\n---- END ${label} ----\n`;
  };
  const expected = { container: "sshcom", certainty: "certain" };

  it("is found, whatever it is in, with the fingerprint of its public key", () => {
    const text = file("none", numbers);
    const containers = [
      text,
      JSON.stringify({ text }),
      Buffer.from(text).toString("base64"),
      text.replace(/^/gm, "# "),
      text.replaceAll(/^.+$/gm, '  "$&\\n" +'),
      text.replace(/^/gm, "2026-01-02T03:04:05.123Z INFO [main] "),
      text.replaceAll("\n", " "),
      ...MORE_CONTAINERS.map((around) => around(text)),
    ];
    for (const container of containers)
      expect(found(container)).toMatchObject([
        { ...expected, isEncrypted: false, identity: spkiIdentity(publicKey) },
      ]);
  });

  it("is found encrypted, and of DSA", () => {
    expect(found(file("3des-cbc", randomBytes(600)))).toMatchObject([{ ...expected, isEncrypted: true }]);
    expect(found(file("none", randomBytes(400), "dl-modp{sign{dsa-nist-sha1}}"))).toMatchObject([expected]);
  });

  it.each([
    ["another content", file("none", numbers).replace("P2/56", "P2/57")],
    ["no end", file("none", numbers).split("---- END")[0] ?? ""],
    ["a public key", file("none", numbers).replaceAll("ENCRYPTED PRIVATE", "PUBLIC")],
    ["no content", file("none", Buffer.alloc(0))],
  ])("is not reported with %s", (_, text) => {
    expect(found(text)).toEqual([]);
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

  const named: readonly (readonly [string, string])[] = [
    ["small letters", `[interface]\nprivatekey=${secret}\n`],
    [".env", `WG_PRIVATE_KEY=${secret}\n`],
    [".env with quotation marks", `WIREGUARD_PRIVATE_KEY="${secret}"\n`],
    ["a list of Compose", `environment:\n  - VPN_TYPE=wireguard\n  - WIREGUARD_PRIVATE_KEY=${secret}\n`],
    ["Kubernetes", `- name: WIREGUARD_PRIVATE_KEY\n              value: "${secret}"\n`],
    ["Ansible", `wireguard_private_key: "${secret}"\n`],
    ["Nix", `networking.wireguard.interfaces.wg0 = { privateKey = "${secret}"; };\n`],
    ["NetworkManager", `[wireguard]\nlisten-port=1\nprivate-key=${secret}\n`],
    ["OpenWrt", `config interface 'wg0'\n\toption proto 'wireguard'\n\toption private_key '${secret}'\n`],
    ["MikroTik", `/interface wireguard add name=wg1 private-key="${secret}"\n`],
    ["VyOS", `set interfaces wireguard wg0 private-key '${secret}'\n`],
    ["a script", `wg set wg0 private-key <(echo ${secret})\n`],
    ["a pipe", `echo ${secret} | wg pubkey\n`],
    ["Terraform", `variable "wg_private_key" {\n  default = "${secret}"\n}\n`],
    ["sing-box", JSON.stringify({ type: "wireguard", private_key: secret, peer_public_key: peer })],
    ["Xray", JSON.stringify({ protocol: "wireguard", settings: { secretKey: secret } }, null, 1)],
    ["Clash", `  - name: a\n    type: wireguard\n    private-key: ${secret}\n    public-key: ${peer}\n`],
    ["wg-easy", JSON.stringify({ server: { privateKey: secret, publicKey: peer } }, null, 2)],
    ["wgcf", `access_token = "x"\ndevice_id = "y"\nprivate_key = "${secret}"\n`],
    ["pfSense", `<item><privatekey>${secret}</privatekey><publickey>${peer}</publickey></item>`],
    ["OPNsense", `<server><pubkey>${peer}</pubkey><privkey>${secret}</privkey></server>`],
    ["digits", `private_key=${Buffer.from(secret, "base64").toString("hex")}\nlisten_port=1\n`],
  ];

  it.each(named)("is found as a value in %s", (_, text) => {
    const containers = [text, JSON.stringify({ text }), text.replaceAll("\n", "\r\n")];
    for (const container of [...containers, Buffer.from(text.repeat(3)).toString("base64")])
      expect(found(container), container).toMatchObject([
        { container: "wireguard", certainty: "certain", identity: spkiIdentity(pair.publicKey) },
      ]);
  });

  it.each(["\\/", "%2F", "\\u002f"])(
    "is found where %s interrupts it behind its first 40 characters",
    (slash) => {
      const [secret, text] = withSlash(40);
      expect(found(`wg: {"privateKey":"${text.replace("/", slash)}"}`)).toMatchObject([
        { identity: spkiIdentity(secret) },
      ]);
    },
  );

  const unclamped = Buffer.from(secret, "base64");
  unclamped[0] = (unclamped[0] ?? 0) | 1;

  it.each([
    ["no word of WireGuard", `PRIVATE_KEY=${secret}\n`],
    ["the name of a public key", `WG_PUBLIC_KEY=${secret}\n`],
    ["the name of a file", `WG_PRIVATE_KEY_FILE=${secret}\n`],
    ["a hash", `wireguard private key v1.0.0 h1:${secret}\n`],
    ["the name of a key that two peers share", `[wireguard]\npreshared-key=${secret}\n`],
    ["a value that wg genkey does not make", `WG_PRIVATE_KEY=${unclamped.toString("base64")}\n`],
    ["a longer value", `WG_PRIVATE_KEY=${secret.slice(0, -1)}${secret}\n`],
    ["a placeholder", `WG_PRIVATE_KEY=${"A".repeat(43)}=\n`],
  ])("is not reported as a value with %s", (_, text) => {
    expect(found(text)).toEqual([]);
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

it("a key of PuTTY is found in a form, where each space is a plus sign", () => {
  for (const [name, { content, identity }] of Object.entries(KINDS)) {
    if (!name.startsWith("putty")) continue;
    const form = `key=${encodeURIComponent(content.toString("latin1")).replaceAll("%20", "+")}&x=1`;
    expect(found(form).map((key) => key.identity)).toEqual([identity]);
  }
});
