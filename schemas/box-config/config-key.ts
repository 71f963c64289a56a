import { keyRefusal } from "../../keys/errors.ts";
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
    const { message, fix } = examined.error;
    return { pem: undefined, issues: [{ pointer: KEY, message, fix, ...locate(KEY) }], warnings: [] };
  }
  const { facts, pem, repairs } = examined.value;
  const { labels } = containerFacts(facts.container);
  const label = labels.includes(pem.label) ? pem.label : (labels[0] ?? pem.label);
  const { message, fix } = keyRefusal("passphrase_missing");
  const locked = facts.encrypted && (passphrase === undefined || passphrase === "");
  const reported = repairs.filter((repair) => !HARMLESS.has(repair)).map((repair) => PEM_REPAIRS[repair]);
  const repaired = {
    pointer: KEY,
    message: `The private key was damaged on its way and was repaired: ${reported.join("; ")}.`,
    fix: "Store it as Box or OpenSSL wrote it; other programs cannot read it like this.",
  };
  return {
    pem: writePem(label, pem.der, pem.dek),
    issues: locked ? [{ pointer: PASSPHRASE, message, fix, ...locate(PASSPHRASE) }] : [],
    warnings: reported.length > 0 ? [{ ...repaired, ...locate(KEY) }] : [],
  };
}
