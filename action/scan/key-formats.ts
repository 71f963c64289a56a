/**
 * The formats of private keys, by the name that suppressions by path have for them in `kinds`. The text says what a
 * finding of the format is; docs/rules.md has the same table.
 */
export const KEY_FORMATS = {
  pkcs1: "PKCS#1 (`BEGIN RSA PRIVATE KEY`)",
  pkcs8: "PKCS#8 (`BEGIN PRIVATE KEY`)",
  "encrypted-pkcs8": "encrypted PKCS#8 (`BEGIN ENCRYPTED PRIVATE KEY`), which Box writes",
  sec1: "SEC 1 (`BEGIN EC PRIVATE KEY`)",
  dsa: "traditional DSA (`BEGIN DSA PRIVATE KEY`)",
  traditional: "traditional encryption (`Proc-Type: 4,ENCRYPTED`)",
  openssh: "OpenSSH, plain and encrypted",
  sshcom: "ssh.com (`BEGIN SSH2 ENCRYPTED PRIVATE KEY`), plain and encrypted",
  putty: "PuTTY, plain and encrypted",
  openpgp: "OpenPGP, plain and encrypted",
  pkcs12: "PKCS#12 key store",
  jks: "Java key store, JKS and JCEKS",
  gnupg: "GnuPG's `private-keys-v1.d`, plain and protected",
  pvk: "Microsoft's PVK and `PRIVATEKEYBLOB` (also `.snk`)",
  jwk: "JWK and JWKS",
  xml: ".NET XML",
  age: "age",
  wireguard: "WireGuard",
  "tool-pem": "PEM of another tool (`BEGIN NEBULA X25519 PRIVATE KEY`)",
} as const satisfies Record<string, string>;

export type KeyFormat = keyof typeof KEY_FORMATS;

export const KEY_FORMAT_NAMES = Object.keys(KEY_FORMATS) as readonly KeyFormat[];

export const isKeyFormat = (name: unknown): name is KeyFormat =>
  typeof name === "string" && Object.hasOwn(KEY_FORMATS, name);
