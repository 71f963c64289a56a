import { type DerNode, elements, integer, oid, TAG } from "./der.ts";
import {
  DEFAULT_PRF_OID,
  DEK_CIPHERS,
  PBE_SCHEMES,
  PBES2_CIPHERS,
  PBES2_OID,
  PBKDF2_OID,
  PBKDF2_PRFS,
  row,
  SCRYPT_OID,
  type SchemeFacts,
} from "./encryption-schemes.ts";
import { REENCRYPT, REENCRYPT_LEGACY } from "./formats.ts";

/** How a private key is encrypted, by the names in `encryption-schemes.ts`; `unknown` for what is not in them. */
export type EncryptionScheme =
  | { readonly method: "pbe"; readonly name: string }
  | { readonly method: "pbes2"; readonly kdf: Kdf; readonly cipher: string }
  | { readonly method: "traditional"; readonly cipher: string };

type Kdf =
  | { readonly name: "pbkdf2"; readonly prf: string }
  | { readonly name: "scrypt" }
  | { readonly name: "unknown" };

/** The encryption of a private key, read from its parameters; nothing here is secret. */
export interface KeyEncryption {
  readonly scheme: EncryptionScheme;
  /** Whether Node 24 opens it with its default provider. */
  readonly opens: boolean;
  /** The command that re-encrypts it for us; absent where no OpenSSL reads the scheme. */
  readonly convert: string | undefined;
  /** Iterations of the password hash that opening costs; `undefined` for scrypt and traditional encryption. */
  readonly rounds: number | undefined;
  /** scrypt's cost parameters. */
  readonly scrypt: { readonly N: number; readonly r: number; readonly p: number } | undefined;
}

const UNKNOWN = { name: "unknown", opens: false } as const satisfies SchemeFacts;

/** Where RFC 8018 and RFC 7292 register password-based encryption. */
const PBE_ARCS = ["1.2.840.113549.1.5.", "1.2.840.113549.1.12.1."];

/**
 * The encryption that the `AlgorithmIdentifier` of an encrypted PKCS#8 names: PBES1, PBES2 or PKCS#12 PBE.
 * `undefined` if it is none of these or malformed. An OID that we do not know is reported as `unknown`
 * and not repeated: it is bytes from outside.
 */
export function readKeyEncryption(identifier: DerNode | undefined): KeyEncryption | undefined {
  const [schemeOid, parameters] = elements(identifier) ?? [];
  const scheme = oid(schemeOid);
  if (scheme === PBES2_OID) return readPbes2(parameters);
  if (!scheme || !PBE_ARCS.some((arc) => scheme.startsWith(arc))) return undefined;
  const facts = row<SchemeFacts>(PBE_SCHEMES, scheme) ?? UNKNOWN;
  const [salt, iterations] = elements(parameters) ?? [];
  const rounds = integer(iterations);
  if (salt?.tag !== TAG.octetString || rounds === undefined) return undefined;
  return { ...verdict({ method: "pbe", name: facts.name }, [facts]), rounds, scrypt: undefined };
}

/** The encryption that a `DEK-Info` header names. */
export function readDekEncryption(cipher: string): KeyEncryption {
  const facts = row<Omit<SchemeFacts, "name">>(DEK_CIPHERS, cipher);
  const known = facts ? { ...facts, name: cipher } : UNKNOWN;
  const scheme = { method: "traditional", cipher: known.name } as const;
  return { ...verdict(scheme, [known]), rounds: undefined, scrypt: undefined };
}

function readPbes2(parameters: DerNode | undefined): KeyEncryption | undefined {
  const [kdfNode, cipherNode] = elements(parameters) ?? [];
  const [kdfOid, kdfParameters] = elements(kdfNode) ?? [];
  const [cipherOid] = elements(cipherNode) ?? [];
  const kdf = oid(kdfOid);
  const cipherName = oid(cipherOid);
  if (kdf === undefined || cipherName === undefined) return undefined;
  const cipher = row<SchemeFacts>(PBES2_CIPHERS, cipherName) ?? UNKNOWN;
  if (kdf === PBKDF2_OID) return readPbkdf2(kdfParameters, cipher);
  if (kdf === SCRYPT_OID) return readScrypt(kdfParameters, cipher);
  const scheme = pbes2({ name: "unknown" }, cipher);
  return { ...verdict(scheme, [UNKNOWN, cipher]), rounds: undefined, scrypt: undefined };
}

function readPbkdf2(parameters: DerNode | undefined, cipher: SchemeFacts): KeyEncryption | undefined {
  const [salt, iterations, ...options] = elements(parameters) ?? [];
  const rounds = integer(iterations);
  if (salt?.tag !== TAG.octetString || rounds === undefined) return undefined;
  const named = options.find((option) => option.tag === TAG.sequence);
  const prfOid = named ? oid(elements(named)?.[0]) : DEFAULT_PRF_OID;
  const prf = row<SchemeFacts>(PBKDF2_PRFS, prfOid) ?? UNKNOWN;
  const scheme = pbes2({ name: "pbkdf2", prf: prf.name }, cipher);
  return { ...verdict(scheme, [prf, cipher]), rounds, scrypt: undefined };
}

function readScrypt(parameters: DerNode | undefined, cipher: SchemeFacts): KeyEncryption | undefined {
  const [salt, ...costs] = elements(parameters) ?? [];
  const [N, r, p] = costs.map(integer);
  if (salt?.tag !== TAG.octetString || N === undefined || r === undefined || p === undefined)
    return undefined;
  return {
    ...verdict(pbes2({ name: "scrypt" }, cipher), [cipher]),
    rounds: undefined,
    scrypt: { N, r, p },
  };
}

const pbes2 = (kdf: Kdf, { name: cipher }: SchemeFacts): EncryptionScheme => ({
  method: "pbes2",
  kdf,
  cipher,
});

/** For people: `PBES2, PBKDF2 with HMAC-SHA1, DES-EDE3-CBC`. */
export function describeScheme(scheme: EncryptionScheme): string {
  if (scheme.method === "pbe") return scheme.name;
  const cipher = scheme.cipher === UNKNOWN.name ? "unknown cipher" : scheme.cipher;
  return scheme.method === "traditional"
    ? `traditional, ${cipher}`
    : `PBES2, ${describeKdf(scheme.kdf)}, ${cipher}`;
}

function describeKdf(kdf: Kdf): string {
  if (kdf.name === "pbkdf2") return `PBKDF2 with ${kdf.prf === UNKNOWN.name ? "unknown PRF" : kdf.prf}`;
  return kdf.name === "scrypt" ? "scrypt" : "unknown key derivation";
}

function verdict(scheme: EncryptionScheme, parts: readonly Omit<SchemeFacts, "name">[]) {
  const opens = parts.every((part) => part.opens);
  if (opens) return { scheme, opens, convert: REENCRYPT };
  const lost = parts.some((part) => part.convertible === false);
  return { scheme, opens, convert: lost ? undefined : REENCRYPT_LEGACY };
}
