import { Buffer } from "node:buffer";
import { createPrivateKey, type KeyObject, sign, verify } from "node:crypto";
import { ok, type Result, refused } from "../schemas/result.ts";
import { describeScheme } from "./encryption.ts";
import { type KeyRefusal, keyRefusal } from "./errors.ts";
import { algorithmOfKeyType, REENCRYPT } from "./formats.ts";
import { examine, type KeyFacts, refuseAlgorithm } from "./inspect.ts";
import type { PemRepair } from "./pem/damage.ts";
import type { Pem } from "./pem/pem.ts";

export type { KeyRefusal, KeyRefusalCode } from "./errors.ts";
export type { KeyFacts } from "./inspect.ts";
export type { PemRepair } from "./pem/damage.ts";

/** A private key that can sign, what it is, and what had to be repaired in its text. */
export interface OpenKey {
  readonly key: KeyObject;
  readonly facts: KeyFacts;
  readonly repairs: readonly PemRepair[];
}

/** The facts of the private key in `text` by its structure alone, or why it could never sign for Box. */
export function inspectPrivateKey(text: string): Result<KeyFacts, KeyRefusal> {
  const examined = examine(text);
  return examined.ok ? ok(examined.value.facts) : examined;
}

/**
 * Opens the private key in `text` after repairing what can be repaired without guessing. The key object is an
 * RSA key of 2,048 to 16,384 bits whose signature was verified once. A passphrase for a key that is not
 * encrypted is ignored; one that opens only without the white space around it is used so and reported.
 */
export function openPrivateKey(text: string, passphrase: string | undefined): Result<OpenKey, KeyRefusal> {
  const examined = examine(text);
  if (!examined.ok) return examined;
  const { facts, pem, repairs } = examined.value;
  const opened = facts.encrypted ? decrypt(pem, facts, passphrase) : plain(pem, facts);
  if (!opened.ok) return opened;
  const { key } = opened.value;
  const modulusBits = key.asymmetricKeyDetails?.modulusLength;
  const unfit = refuseAlgorithm(algorithmOfKeyType(key.asymmetricKeyType), modulusBits);
  if (unfit) return refused(unfit);
  if (!signs(key)) return refused(keyRefusal("inconsistent"));
  return ok({
    key,
    facts: { ...facts, algorithm: "rsa", modulusBits },
    repairs: [...repairs, ...opened.value.repairs],
  });
}

interface Opened {
  readonly key: KeyObject;
  readonly repairs: readonly PemRepair[];
}

function plain(pem: Pem, facts: KeyFacts): Result<Opened, KeyRefusal> {
  const opened = open(pem, facts);
  return opened.ok ? ok({ key: opened.value, repairs: [] }) : opened;
}

/** Tries the passphrase as given, then without a line break at its end, then without white space around it. */
function decrypt(pem: Pem, facts: KeyFacts, passphrase: string | undefined): Result<Opened, KeyRefusal> {
  if (passphrase === undefined) return refused(keyRefusal("passphrase_missing"));
  const stripped = [passphrase.replace(/\r?\n$/, ""), passphrase.trim()].filter((other) => other !== "");
  for (const attempt of new Set([passphrase, ...stripped])) {
    const opened = open(pem, facts, attempt);
    if (opened.ok) {
      const repairs: PemRepair[] = attempt === passphrase ? [] : ["passphrase-whitespace"];
      return ok({ key: opened.value, repairs });
    }
    if (opened.error.code !== "passphrase_wrong") return opened;
  }
  return refused(keyRefusal(passphrase.trim() === "" ? "passphrase_missing" : "passphrase_wrong"));
}

/**
 * DER goes in by its structure, so that a wrong label cannot stop it; traditional encryption exists as PEM only.
 * OpenSSL's error is dropped: for a known scheme it can only mean the passphrase, or a build without the cipher.
 */
function open(pem: Pem, facts: KeyFacts, passphrase?: string): Result<KeyObject, KeyRefusal> {
  const secret = passphrase === undefined ? {} : { passphrase };
  try {
    if (facts.container === "traditional")
      return ok(createPrivateKey({ key: pem.pem, format: "pem", ...secret }));
    const type = facts.container === "pkcs1" ? "pkcs1" : "pkcs8";
    return ok(createPrivateKey({ key: Buffer.from(pem.der), format: "der", type, ...secret }));
  } catch (error) {
    if (!facts.encrypted) return refused(keyRefusal("unopenable"));
    const disabled = (error as { code?: unknown }).code === "ERR_OSSL_EVP_UNSUPPORTED";
    return refused(
      disabled
        ? keyRefusal(
            "unsupported_encryption",
            facts.scheme ? describeScheme(facts.scheme) : facts.container,
            REENCRYPT,
          )
        : keyRefusal("passphrase_wrong"),
    );
  }
}

/** One signature, verified: a typing error inside a plain key leaves it readable but useless. */
function signs(key: KeyObject): boolean {
  const probe = Buffer.from("box-sts");
  try {
    return verify("sha256", probe, key, sign("sha256", probe, key));
  } catch {
    return false;
  }
}
