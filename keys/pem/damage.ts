/** What was repaired on the way to a clean PEM or an open key, each without guessing. */
export const PEM_REPAIRS = {
  bom: "a byte order mark was dropped",
  "utf-16": "UTF-16 was read as UTF-8",
  quotes: "quotes, commas or line prefixes around the key were dropped",
  "unicode-escapes": "\\uXXXX escapes were decoded",
  "escaped-newlines": "backslash escapes were replaced by the characters that they encode",
  "xml-references": "XML character references were decoded",
  "url-encoding": "percent-encoding was decoded",
  "base64-of-pem": "base64 around the whole PEM was decoded",
  dashes: "the dashes around BEGIN and END were restored",
  armor: "the missing BEGIN and END lines were added",
  label: "the label was made to fit the content",
  "surrounding-text": "text before and after the key was dropped",
  duplicate: "the same key given several times was taken once",
  "carriage-returns": "carriage returns were dropped",
  "spaces-for-newlines": "spaces were turned back into line breaks",
  "missing-newlines": "missing line breaks were restored",
  "lost-backslashes": "the letter n was turned back into line breaks",
  "plus-signs": "spaces were turned back into plus signs",
  base64url: "base64url was turned into base64",
  "base64-padding": "base64 padding was restored",
  whitespace: "superfluous white space was dropped",
  "line-length": "lines were wrapped at 64 columns",
  "trailing-newline": "the last line break was added",
  "passphrase-whitespace": "white space around the passphrase was dropped",
} as const satisfies Record<string, string>;

/** A row of `PEM_REPAIRS`. */
export type PemRepair = keyof typeof PEM_REPAIRS;

/** Why no clean PEM can be made of a text. The texts are fixed: none can hold a byte of the value. */
const PEM_DAMAGES = {
  too_large: {
    message: "The private key is longer than 65,536 characters; the largest key we sign with needs 13,000.",
    fix: "Store the key alone, as a PEM, and nothing else in this place.",
  },
  empty: {
    message: "The private key is empty.",
    fix: "Store the whole PEM, from its BEGIN line to its END line.",
  },
  no_pem: {
    message: "There is no PEM here: no BEGIN line was found.",
    fix: "Give the content of the key file, not its path or name, from its BEGIN line to its END line.",
  },
  other_format: {
    message:
      "This is a private key in another format (PuTTY, OpenPGP, SSH.com, JWK or XML), not a PEM of a key.",
    fix: "Convert it: `puttygen key.ppk -O private-openssh -o key.pem && ssh-keygen -p -m PKCS8 -f key.pem` for PuTTY, `ssh-keygen -i -f key > key.pem` for SSH.com; for the others make a new key pair in the Box Developer Console.",
  },
  placeholder: {
    message: "This is a placeholder or a redacted key, not the key itself.",
    fix: "Put the real key in its place; the Box Developer Console offers it once, in the config.json of a new key pair.",
  },
  missing_end: {
    message: "The END line is missing, so the key was probably cut off.",
    fix: "Copy the key again, from its BEGIN line to its END line, and check for a length limit on the way.",
  },
  label_mismatch: {
    message: "The BEGIN and END lines name different things.",
    fix: "Copy the key again as one piece; two keys were probably mixed.",
  },
  several_keys: {
    message: "There are several keys here, and we do not choose between them.",
    fix: "Store exactly the one whose public half is registered with the Box app.",
  },
  bad_headers: {
    message: "The Proc-Type and DEK-Info headers of the encrypted key are damaged.",
    fix: "Copy the key again, including the lines `Proc-Type: 4,ENCRYPTED` and `DEK-Info: …`.",
  },
  bad_characters: {
    message: "The body of the PEM has characters that base64 does not have.",
    fix: "Copy the key again from the file that Box or OpenSSL wrote.",
  },
  truncated: {
    message: "The body of the PEM is shorter than it says itself: a part is missing.",
    fix: "Copy the key again, and check for a length limit on the way.",
  },
  overlong: {
    message: "The body of the PEM is longer than it says itself: something was inserted.",
    fix: "Copy the key again from the file that Box or OpenSSL wrote.",
  },
  not_a_key: {
    message: "The body of the PEM is base64, but not the structure of any key.",
    fix: "Copy the key again; a character at its beginning is damaged, or it never was a key.",
  },
} as const satisfies Record<string, { readonly message: string; readonly fix: string }>;

/** A row of the table of damages. */
export type PemDamageKind = keyof typeof PEM_DAMAGES;

/** Why no clean PEM can be made of a text, with a remedy; holds no byte of the text. */
export interface PemDamage {
  readonly kind: PemDamageKind;
  /** What is wrong, as one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** The row of a damage, with its name. */
export const damage = (kind: PemDamageKind): PemDamage => ({ kind, ...PEM_DAMAGES[kind] });
