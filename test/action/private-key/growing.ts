import { generateKeyPairSync, randomBytes } from "node:crypto";
import { KINDS } from "./kinds.ts";
import { STEPS } from "./steps.ts";

export const pem = KINDS["pkcs8-rsa"]!.content.toString("latin1");
export const [label = "", body = ""] = pem.split("\n");
const head = `${label}\n${body}\n`;
const ed25519 = () =>
  generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const bare = `${randomBytes(150).toString("base64")}\n`;
const escapedHead = STEPS.unicode!(label, "") as string;

/** Octets as `wg genkey` makes them. */
const clamped = randomBytes(32);
clamped[0] = (clamped[0] ?? 0) & 0xf8;
clamped[31] = ((clamped[31] ?? 0) & 0x3f) | 0x40;

/** What a hostile file could repeat, and what could be in front of it. */
export const GROWING: readonly [string, string | Buffer, (string | Buffer)?][] = [
  ["backslashes", "\\"],
  ["backslashes behind base64", "\\", bare],
  [
    "backslashes behind base64 of text",
    "\\",
    Buffer.from("some text, and more of it ".repeat(8)).toString("base64"),
  ],
  ["backslashes behind the head of a key", "\\", head],
  ["heads of keys with backslashes", `${head}${"\\".repeat(999)}`],
  ["carriage returns in escapes", "\\r\\\\\\\\", head],
  ["percent escapes", "%25", head],
  ["percent escapes of dashes", "%2D"],
  ["ampersands", "&amp;", head],
  ["references", "&#45;", head],
  ["escaped BEGIN lines", escapedHead],
  ["BEGIN lines", `${label}\n`],
  ["BEGIN lines without a break", label],
  ["heads of keys", head],
  ["heads of keys without their label", `${body}\n`],
  ["heads of keys in one line", body],
  ["keys", pem],
  ["different keys", Array.from({ length: 40 }, ed25519).join("")],
  ["keys in UTF-16", Buffer.from(pem, "utf16le")],
  ["quotes", '"', head],
  ["quoted pieces", '"MIIE" + ', head],
  ["names", `x_token = "${randomBytes(16).toString("hex")}"\n`],
  ["properties of a JWK", `{"kty":"RSA","d":"${"A1b".repeat(30)}"`],
  ["base64", bare],
  [
    "base64 of text",
    Buffer.from("some text and more 1234567890 ".repeat(9)).toString("base64").replace(/=*$/, "\n"),
  ],
  ["base64 of text in pieces", `${Buffer.from("some text and more 1234567890 a").toString("base64")}%`],
  ["decimal lists", "48,130,1,1,"],
  ["numbers on indented lines", `\n${" ".repeat(30)}48,`],
  ["indentation", `${" ".repeat(127)}x`],
  ["lines of digits", `00000000: ${"31".repeat(8)} ${"31".repeat(8)}\n`],
  ["hexadecimal lists", "30:82:01:01:"],
  ["numbers of Rust", "0x30u8, "],
  ["numbers of Verilog", "8'h30, "],
  ["pairs of PHP", "1 => 48, "],
  ["bytes of C++", "std::byte{0x30}, "],
  ["casts that nothing ends", "(byte)0x(byte)0x"],
  ["casts of one byte", "(byte)0x41, "],
  ["runs that begin as zlib does", `${Buffer.from("789c04", "hex").toString("base64")}${"aB3".repeat(15)} `],
  ["records of Intel HEX", `:20000000${"30".repeat(32)}E0\n`],
  ["records of Intel HEX without data", `:20000004${"31".repeat(32)}BC\n`],
  ["PEM of a tool", "-----BEGIN A PRIVATE KEY-----\n"],
  ["headers of PEM", "a: b\n", "-----BEGIN A PRIVATE KEY-----\n"],
  ["labels of ssh.com", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nComment: a\n"],
  ["keys of WireGuard", `[Peer]\nPrivateKey = ${randomBytes(32).toString("base64")}\n`],
  ["values with the name of a key of WireGuard", `wg_private_key=${clamped.toString("base64")}\n`],
  ["brackets", "[{("],
  ["object identifiers", Buffer.from("300d06092a864886f70d0101010500", "hex")],
  ["heads of keys in DER", Buffer.from("308204be020100300d06092a864886f70d0101010500048204a8", "hex")],
  ["public exponents", Buffer.from("02030100010282", "hex")],
  ["PuTTY headers", "PuTTY-User-Key-File-2: ssh-rsa\nEncryption: none\nPublic-Lines: 1\nAAAAB3NzaC1yc2EA\n"],
  ["XML keys", "<RSAKeyValue><D>AAAA</D>"],
  ["parameters in XML", `<RSAParameters><D>${"A1b".repeat(30)}</D>`],
  ["age prefixes", "AGE-SECRET-KEY-1"],
  ["commit headers", "author A <a@example.com> 1700000000 +0000\n"],
  ["line feeds", "\n", head],
  ["lines of quoted-printable", `${"aB3".repeat(25)}=\n`, head],
  ["lines of LDIF", `\n ${Buffer.from("some text and more 123456789 ").toString("base64")}`, head],
  ["heads of keys in wide lines", `${label} ${"word ".repeat(300)}\n${body} ${"word ".repeat(300)}\n`],
  ["ids in the lines of a log", `${"0a1B2c3D".repeat(8)} `, head],
  ["headers of traditional encryption", "Proc-Type: 4,ENCRYPTED\n", `${label}\n`],
  ["NULs", "\0"],
];
