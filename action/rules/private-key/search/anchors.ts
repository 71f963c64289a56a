import { Buffer } from "node:buffer";

/**
 * Byte sequences that are in or near every key that is not plain base64, hexadecimal or a list of numbers (those
 * are found by sampling: `runs.ts`, `number-lists.ts`). `handler`: what inspects the place. All are at least seven
 * bytes, so that the search can skip.
 */
export type Handler =
  | "pem"
  | "wide"
  | "escaped"
  | "der"
  | "putty"
  | "xml"
  | "age"
  | "wireguard"
  | "openssh"
  | "base64"
  | "cast"
  | "characters"
  | "literal"
  | "blob"
  | "base32";

export interface Anchor {
  readonly handler: Handler;
  readonly bytes: Buffer;
}

const text = (handler: Handler, ...words: readonly string[]): Anchor[] =>
  words.map((word) => ({ handler, bytes: Buffer.from(word, "latin1") }));
const hex = (handler: Handler, ...digits: readonly string[]): Anchor[] =>
  digits.map((word) => ({ handler, bytes: Buffer.from(word, "hex") }));

export const ANCHORS: readonly Anchor[] = [
  // The second was PGP's own label.
  ...text("pem", "PRIVATE", "SECRET KEY BLOCK"),
  ...text("putty", "PuTTY-User-Key-File-"),
  ...text("xml", "RSAKeyValue"),
  ...text("age", "AGE-SECRET-KEY-1"),
  ...text("wireguard", "PrivateKey =", "PrivateKey="),
  ...text("openssh", "openssh-key-v1\0"),
  // What common keys begin with in base64, for those that are in pieces too short for a run.
  ...text(
    "base64",
    "IBAAKCAQEA",
    "IBAAKCAgEA",
    "IBAAKCAYEA",
    "IBADANBgkqhkiG9w",
    // Ed25519, X25519, Ed448 and X448, of both versions of PKCS#8.
    "CAQAwBQYDK2V",
    "CAQEwBQYDK2V",
    "MHcCAQEEI",
  ),
  ...text("base64", "MIGkAgEBBD", "CAQAwEAYHKoZIzj0", "CAQAwEwYHKoZIzj0", "jBABgkqhkiG9w0BBQ"),
  // Dashes and BEGIN.
  ...text("base64", "LS0tLS1CRUdJTi"),
  // Key stores of Java, whose first line has too few changes for a run.
  ...text("base64", "/u3+7QAAAAIAAA", "_u3-7QAAAAIAAA", "zs7OzgAAAAIAAA"),
  // A number above 127, which the bytes of Java and Kotlin do not hold.
  ...text(
    "cast",
    "(byte)0x",
    "(byte) 0x",
    "(byte)1",
    "(byte)2",
    "(byte) 1",
    "(byte) 2",
    "(byte)-",
    "(byte) -",
  ),
  ...text("cast", "(char)0x", "(char) 0x", ".toByte", "byte{0x"),
  // What a key begins with in GNU's assembler.
  ...text("cast", ".byte\t48", ".byte 48", ".byte\t0x30", ".byte 0x30"),
  // Dashes as a list of characters.
  ...text("characters", "'-','-'", "'-', '-'", '"-","-"', '"-", "-"'),
  // The algorithm of a BLOBHEADER, `RSA2` and the first byte of the size, which is a multiple of 256.
  ...hex("blob", "a400005253413200", "2400005253413200"),
  // Dashes and BEGIN in base32.
  ...text("base32", "FUWS2LJNIJCUOSKO", "fuws2ljnijcuosko"),
  // Object identifiers and the exponent 65,537 in a string literal: printable bytes as they are, or all of them escaped.
  ...text("literal", "\\x86H\\x86\\x", "\\x86H\\xce=", "\\x86H\\xCE="),
  ...text("literal", "\\\\x86H\\\\x", "\\\\x02\\\\x03\\\\x01\\\\x00\\\\x01\\\\x02"),
  ...text("literal", "\\u0002\\u0003\\u0001\\u0000\\u0001\\u0002"),
  ...text("literal", "\\u0086H\\u0086\\u00", "\\u0086H\\u00ce="),
  ...text("literal", "\\\\206H\\\\206\\\\367", "\\\\206H\\\\316=", "\\\\005\\\\006\\\\003+e"),
  ...text("literal", "\\206H\\206\\367", "\\206H\\316=", "\\206\\110\\206\\367", "\\206\\110\\316\\"),
  // What the identifiers of Ed25519, X25519, Ed448 and X448 have in common, and the version of SEC 1.
  ...text("literal", "\\x05\\x06\\x03+e", "\\\\x05\\\\x06\\\\x03+e", "\\u0005\\u0006\\u0003+e"),
  ...text("literal", "\\005\\006\\003+e", "\\5\\6\\3+e", "\\005\\006\\003\\053\\145", "\\5\\6\\3\\53\\145"),
  ...text("literal", "\\x02\\x01\\x01\\x04", "\\\\x02\\\\x01\\\\x01\\\\x04", "\\u0002\\u0001\\u0001\\u0004"),
  ...text("literal", "\\002\\001\\001\\004", "\\2\\1\\1\\"),
  ...text(
    "literal",
    "\\x02\\x03\\x01\\x00\\x01\\x02\\x8",
    "\\002\\003\\001\\000\\001\\002\\20",
    "\\2\\3\\1\\0\\1\\2\\20",
  ),
  // Version and modulus of PKCS#1, where the exponent is on two lines.
  ...text(
    "literal",
    "\\x02\\x01\\x00\\x02\\x8",
    "\\\\x02\\\\x01\\\\x00\\\\x02\\\\x8",
    "\\002\\001\\000\\002\\20",
    "\\2\\1\\0\\2\\20",
  ),
  // The first label, every character followed by NUL: UTF-16 inside of something else.
  ...text("wide", "P\0R\0I\0V\0A\0T\0E"),
  // Dashes, where every character is escaped.
  ...text("escaped", "\\u002d\\", "\\u002D\\", "\\x2d\\x2d", "\\x2D\\x2D", "\\055\\055", "\\55\\55\\55"),
  ...text("escaped", "&#45;&#45;", "&#x2d;&#x2d;", "&#x2D;&#x2D;", "&#x002d;", "&#x002D;", "&#045;&#045;"),
  ...text("escaped", "%2D%2D%2D", "%2d%2d%2d", "%252D%252D", "%252d%252d"),
  // rsadsi's PKCS arc, EC and DSA and Edwards keys in an AlgorithmIdentifier, named curves of SEC 1.
  ...hex("der", "2a864886f70d0101", "2a864886f70d0105", "2a864886f70d010c01", "2a864886f70d010701"),
  ...hex("der", "2a8648ce3d0201", "2a8648ce380401", "300506032b656e04", "300506032b656f04"),
  ...hex("der", "300506032b657004", "300506032b657104", "a00706052b8104", "a00a06082a8648ce3d0301"),
  // e = 65537, then d: PKCS#1 has no OID.
  ...hex("der", "02030100010281", "02030100010282"),
].filter(
  ({ bytes }, at, all) => bytes.length >= 7 && at === all.findIndex((other) => other.bytes.equals(bytes)),
);
