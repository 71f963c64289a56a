import { type KeyRefusal, keyRefusal } from "../../keys/errors.ts";
import { containerFacts } from "../../keys/formats.ts";
import { examine } from "../../keys/inspect.ts";
import { PEM_REPAIRS, type PemRepair } from "../../keys/pem/damage.ts";
import { writePem } from "../../keys/pem/pem.ts";
import type { Issue } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";

interface CheckedKey {
  /** Canonical PEM; undefined if there is an issue with the key itself. */
  readonly pem: string | undefined;
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
}

/** Differences that every PEM reader accepts, so that no warning is needed. */
const HARMLESS: ReadonlySet<PemRepair> = new Set([
  "bom",
  "carriage-returns",
  "line-length",
  "trailing-newline",
]);

const KEY = "/boxAppSettings/appAuth/privateKey";
const PASSPHRASE = "/boxAppSettings/appAuth/passphrase";

/** Inspects the structure of the config's private key, without decrypting it. */
export function checkKey(key: string, passphrase: unknown, locate: JsonDocument["locate"]): CheckedKey {
  const examined = examine(key);
  if (!examined.ok) {
    const refused = refusalIssue(KEY, examined.error, locate);
    return { pem: undefined, issues: [refused], warnings: [] };
  }
  const { facts, pem, repairs } = examined.value;
  const { labels } = containerFacts(facts.container);
  const label = labels.includes(pem.label) ? pem.label : (labels[0] ?? pem.label);
  const locked = facts.encrypted && (passphrase === undefined || passphrase === "");
  const reported = repairs.filter((repair) => !HARMLESS.has(repair)).map((repair) => PEM_REPAIRS[repair]);
  return {
    pem: writePem(label, pem.der, pem.dek),
    issues: locked ? [refusalIssue(PASSPHRASE, keyRefusal("passphrase_missing"), locate)] : [],
    warnings:
      reported.length > 0
        ? [
            {
              code: "private_key_repaired",
              facts: { repairs: reported },
              pointer: KEY,
              position: locate(KEY),
            },
          ]
        : [],
  };
}

const refusalIssue = (pointer: string, refusal: KeyRefusal, locate: JsonDocument["locate"]): Issue => ({
  code: "private_key_refused",
  facts: refusal,
  pointer,
  position: locate(pointer),
});
