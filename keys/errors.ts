import { REENCRYPT } from "./formats.ts";
import type { PemDamageKind } from "./pem/damage.ts";

const NEW_KEY = "make a new key pair in Box Developer Console > the app > Configuration";

interface RefusalText {
  readonly message: string;
  readonly fix: string;
}

/**
 * Why a private key is not used, and what to do. The parameters are numbers and names from our own tables,
 * never text of the key, the passphrase or OpenSSL.
 */
export const KEY_REFUSALS = {
  not_private: (name: string) => ({
    message: `This is a ${name}, not a private key.`,
    fix: `Store the private key that belongs to it; if it is lost, ${NEW_KEY}.`,
  }),
  wrong_algorithm: (name: string) => ({
    message: `This is a key for ${name}; Box's JWT grant accepts RSA keys only.`,
    fix: `Use the RSA key whose public half is registered with the Box app, or ${NEW_KEY}.`,
  }),
  unsupported_container: (name: string, command: string) => ({
    message: `This private key is in ${name} format, which Node 24 does not open.`,
    fix: `Convert it with \`${command}\` and store the result.`,
  }),
  unsupported_encryption: (scheme: string, command: string | undefined) => ({
    message: `This private key is encrypted with a scheme that Node 24 does not open: ${scheme}.`,
    fix: command
      ? `Re-encrypt it with \`${command}\` (without -provider on LibreSSL and OpenSSL 1.1) and store the result.`
      : `OpenSSL 3 does not read it either: re-encrypt it as PBES2 with AES-256-CBC using the tool that wrote it, or ${NEW_KEY}.`,
  }),
  key_too_small: (bits: number, least: number) => ({
    message: `This RSA key has ${bits} bits; at least ${least} are required.`,
    fix: `For a key of ${least} bits or more, ${NEW_KEY}.`,
  }),
  key_too_large: (bits: number, most: number) => ({
    message: `This RSA key has ${bits} bits; at most ${most} are accepted.`,
    fix: `For a key of 2048 or 4096 bits, ${NEW_KEY}.`,
  }),
  too_many_rounds: (rounds: number, most: number) => ({
    message: `Opening this key takes ${Number.isFinite(rounds) ? rounds : "astronomically many"} rounds of its password hash; at most ${most} are accepted.`,
    fix: `Re-encrypt it with fewer rounds: \`${REENCRYPT} -iter 600000\`.`,
  }),
  scrypt_too_costly: () => ({
    message:
      "Opening this key takes more than OpenSSL's 32 MiB of memory for scrypt, or more than 8 times the usual work.",
    fix: "Re-encrypt it with N = 16384, r = 8, p = 1, or with PBKDF2, using the tool that wrote it.",
  }),
  passphrase_missing: () => ({
    message: "The private key is encrypted and there is no passphrase for it, or an empty one.",
    fix: "Store the passphrase beside the key: in Box's config.json it is boxAppSettings.appAuth.passphrase.",
  }),
  passphrase_wrong: () => ({
    message:
      "The private key does not open with the passphrase: it is another key's, or a character of either is damaged.",
    fix: "Take key and passphrase from the same config.json, which Box offers once for each key pair.",
  }),
  inconsistent: () => ({
    message:
      "The private key reads well, but its numbers do not belong together: a character of it is damaged.",
    fix: "Copy the key again from the file that Box or OpenSSL wrote.",
  }),
  unopenable: () => ({
    message: "The private key looks well formed, but OpenSSL does not open it.",
    fix: `Check it with \`openssl pkey -in key.pem -check -noout\`; if that fails too, copy it again.`,
  }),
} as const satisfies Record<string, (...facts: never[]) => RefusalText>;

type OwnCode = keyof typeof KEY_REFUSALS;

/** Why a key was refused: the text is damaged, or what it holds cannot sign for Box. */
export type KeyRefusalCode = PemDamageKind | OwnCode;

/** Why a private key cannot be used; safe to print anywhere. */
export interface KeyRefusal {
  readonly code: KeyRefusalCode;
  /** What is wrong, as one sentence. */
  readonly message: string;
  /** What to do about it. */
  readonly fix: string;
}

/** The refusal for `code`, filled in with its facts. */
export function keyRefusal<Code extends OwnCode>(
  code: Code,
  ...facts: Parameters<(typeof KEY_REFUSALS)[Code]>
): KeyRefusal {
  const refusal = KEY_REFUSALS[code] as (...facts: readonly unknown[]) => RefusalText;
  return { code, ...refusal(...facts) };
}
