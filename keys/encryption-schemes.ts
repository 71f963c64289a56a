/**
 * Every way to encrypt a private key that OpenSSL can write, and whether Node 24 (OpenSSL 3.5, default
 * provider) opens it: tried one by one. What it does not open, OpenSSL's legacy provider converts:
 * `REENCRYPT_LEGACY`, tried likewise, except where `convertible` is false.
 */
export interface SchemeFacts {
  readonly name: string;
  readonly opens: boolean;
  /** `false` where no current OpenSSL can read it either. */
  readonly convertible?: false;
}

/** PBES1 (RFC 8018 §6.1) and PKCS#12 PBE (RFC 7292 appendix C) by OID. */
export const PBE_SCHEMES = {
  "1.2.840.113549.1.5.1": { name: "pbeWithMD2AndDES-CBC", opens: false, convertible: false },
  "1.2.840.113549.1.5.3": { name: "pbeWithMD5AndDES-CBC", opens: false },
  "1.2.840.113549.1.5.4": { name: "pbeWithMD2AndRC2-CBC", opens: false, convertible: false },
  "1.2.840.113549.1.5.6": { name: "pbeWithMD5AndRC2-CBC", opens: false },
  "1.2.840.113549.1.5.10": { name: "pbeWithSHA1AndDES-CBC", opens: false },
  "1.2.840.113549.1.5.11": { name: "pbeWithSHA1AndRC2-CBC", opens: false },
  "1.2.840.113549.1.12.1.1": { name: "pbeWithSHAAnd128BitRC4", opens: false },
  "1.2.840.113549.1.12.1.2": { name: "pbeWithSHAAnd40BitRC4", opens: false },
  "1.2.840.113549.1.12.1.3": { name: "pbeWithSHAAnd3-KeyTripleDES-CBC", opens: true },
  "1.2.840.113549.1.12.1.4": { name: "pbeWithSHAAnd2-KeyTripleDES-CBC", opens: true },
  "1.2.840.113549.1.12.1.5": { name: "pbeWithSHAAnd128BitRC2-CBC", opens: false },
  "1.2.840.113549.1.12.1.6": { name: "pbeWithSHAAnd40BitRC2-CBC", opens: false },
} as const satisfies Record<string, SchemeFacts>;

/** RFC 8018 appendix A.4: encryption with a key derivation function and a cipher of their own. */
export const PBES2_OID = "1.2.840.113549.1.5.13";
/** RFC 8018 appendix A.2. */
export const PBKDF2_OID = "1.2.840.113549.1.5.12";
/** RFC 7914 §7. */
export const SCRYPT_OID = "1.3.6.1.4.1.11591.4.11";
/** What PBKDF2 uses when its parameters name no PRF (RFC 8018 appendix A.2): so do Box's own keys. */
export const DEFAULT_PRF_OID = "1.2.840.113549.2.7";

/** Ciphers inside PBES2 by OID. */
export const PBES2_CIPHERS = {
  "1.3.14.3.2.7": { name: "DES-CBC", opens: false },
  "1.2.840.113549.3.7": { name: "DES-EDE3-CBC", opens: true },
  "1.2.840.113549.3.2": { name: "RC2-CBC", opens: false },
  "1.3.6.1.4.1.3029.1.2": { name: "BF-CBC", opens: false },
  "1.2.840.113533.7.66.10": { name: "CAST5-CBC", opens: false },
  "1.2.410.200004.1.4": { name: "SEED-CBC", opens: false },
  "1.2.156.10197.1.104.2": { name: "SM4-CBC", opens: true },
  "2.16.840.1.101.3.4.1.2": { name: "AES-128-CBC", opens: true },
  "2.16.840.1.101.3.4.1.22": { name: "AES-192-CBC", opens: true },
  "2.16.840.1.101.3.4.1.42": { name: "AES-256-CBC", opens: true },
  "2.16.840.1.101.3.4.1.1": { name: "AES-128-ECB", opens: true },
  "2.16.840.1.101.3.4.1.3": { name: "AES-128-OFB", opens: true },
  "2.16.840.1.101.3.4.1.4": { name: "AES-128-CFB", opens: true },
  "2.16.840.1.101.3.4.1.21": { name: "AES-192-ECB", opens: true },
  "2.16.840.1.101.3.4.1.23": { name: "AES-192-OFB", opens: true },
  "2.16.840.1.101.3.4.1.24": { name: "AES-192-CFB", opens: true },
  "2.16.840.1.101.3.4.1.41": { name: "AES-256-ECB", opens: true },
  "2.16.840.1.101.3.4.1.43": { name: "AES-256-OFB", opens: true },
  "2.16.840.1.101.3.4.1.44": { name: "AES-256-CFB", opens: true },
  "2.16.840.1.101.3.4.1.6": { name: "AES-128-GCM", opens: false, convertible: false },
  "2.16.840.1.101.3.4.1.26": { name: "AES-192-GCM", opens: false, convertible: false },
  "2.16.840.1.101.3.4.1.46": { name: "AES-256-GCM", opens: false, convertible: false },
  "1.2.392.200011.61.1.1.1.2": { name: "CAMELLIA-128-CBC", opens: true },
  "1.2.392.200011.61.1.1.1.3": { name: "CAMELLIA-192-CBC", opens: true },
  "1.2.392.200011.61.1.1.1.4": { name: "CAMELLIA-256-CBC", opens: true },
  "1.2.410.200046.1.1.2": { name: "ARIA-128-CBC", opens: true },
  "1.2.410.200046.1.1.7": { name: "ARIA-192-CBC", opens: true },
  "1.2.410.200046.1.1.12": { name: "ARIA-256-CBC", opens: true },
} as const satisfies Record<string, SchemeFacts>;

/** Pseudo-random functions of PBKDF2 by OID. */
export const PBKDF2_PRFS = {
  "1.2.840.113549.2.6": { name: "HMAC-MD5", opens: true },
  "1.2.840.113549.2.7": { name: "HMAC-SHA1", opens: true },
  "1.2.840.113549.2.8": { name: "HMAC-SHA224", opens: true },
  "1.2.840.113549.2.9": { name: "HMAC-SHA256", opens: true },
  "1.2.840.113549.2.10": { name: "HMAC-SHA384", opens: true },
  "1.2.840.113549.2.11": { name: "HMAC-SHA512", opens: true },
  "1.2.840.113549.2.12": { name: "HMAC-SHA512/224", opens: true },
  "1.2.840.113549.2.13": { name: "HMAC-SHA512/256", opens: true },
} as const satisfies Record<string, SchemeFacts>;

export interface DekFacts extends Omit<SchemeFacts, "name"> {
  /** Octets of the initialisation vector in `DEK-Info`; twice as many hexadecimal digits. */
  readonly iv: 8 | 16;
  /** The ciphertext is a multiple of so many octets; 1 for a stream. */
  readonly block: 1 | 8 | 16;
}

const DES = { iv: 8, block: 8, opens: true } as const;
const AES = { iv: 16, block: 16, opens: true } as const;
const LEGACY = { iv: 8, block: 8, opens: false } as const;
const STREAM = { block: 1 } as const;

/** Ciphers of traditional encryption by their name in `DEK-Info` (RFC 1421 §4.6.1.3), in OpenSSL's spelling. */
export const DEK_CIPHERS = {
  "DES-CBC": LEGACY,
  "DES-CFB": { ...LEGACY, ...STREAM },
  "DES-EDE-CBC": DES,
  "DES-EDE3-CBC": DES,
  "DES-EDE3-CFB": { ...DES, ...STREAM },
  "DES-EDE3-OFB": { ...DES, ...STREAM },
  "DESX-CBC": LEGACY,
  "RC2-CBC": LEGACY,
  "RC2-64-CBC": LEGACY,
  "RC2-40-CBC": LEGACY,
  "BF-CBC": LEGACY,
  "CAST5-CBC": LEGACY,
  "SEED-CBC": { ...AES, opens: false },
  "SM4-CBC": AES,
  "AES-128-CBC": AES,
  "AES-192-CBC": AES,
  "AES-256-CBC": AES,
  "AES-128-CFB": { ...AES, ...STREAM },
  "AES-192-CFB": { ...AES, ...STREAM },
  "AES-256-CFB": { ...AES, ...STREAM },
  "AES-128-OFB": { ...AES, ...STREAM },
  "AES-192-OFB": { ...AES, ...STREAM },
  "AES-256-OFB": { ...AES, ...STREAM },
  "AES-256-CTR": { ...AES, ...STREAM },
  "CAMELLIA-128-CBC": AES,
  "CAMELLIA-192-CBC": AES,
  "CAMELLIA-256-CBC": AES,
  "ARIA-128-CBC": AES,
  "ARIA-192-CBC": AES,
  "ARIA-256-CBC": AES,
} as const satisfies Record<string, DekFacts>;

/** The row of `key` in a table; `undefined` for a key that came from outside and is not in it. */
export function row<Row>(table: Readonly<Record<string, Row>>, key: string | undefined): Row | undefined {
  return key !== undefined && Object.hasOwn(table, key) ? table[key] : undefined;
}
