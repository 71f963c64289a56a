import type { Issue } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";
import { childOf, parentPointer, pointerSteps, valueAt } from "../json/pointer.ts";

interface Repaired {
  /** A copy of the document with the repairs in it. */
  readonly value: unknown;
  readonly warnings: readonly Issue[];
}

type Parent = Record<string, unknown>;
type RepairCode = "config_whitespace" | "config_passphrase_line_break" | "config_id_is_number";
type Repair = (given: unknown) => { readonly value: unknown; readonly code: RepairCode } | undefined;

/** None of these may hold a space, so one at either end can only be a slip of the clipboard or the shell. */
const trim: Repair = (given) =>
  typeof given === "string" && given !== given.trim()
    ? { value: given.trim(), code: "config_whitespace" }
    : undefined;

/** A passphrase may begin or end with a space, but a user cannot type a line break into one. */
const trimLines: Repair = (given) => {
  if (typeof given !== "string") return undefined;
  let end = given.length;
  while (given[end - 1] === "\n" || given[end - 1] === "\r") end--;
  return end === given.length
    ? undefined
    : { value: given.slice(0, end), code: "config_passphrase_line_break" };
};

const quote: Repair = (given) =>
  typeof given === "number" && Number.isSafeInteger(given) && given >= 0
    ? { value: String(given), code: "config_id_is_number" }
    : undefined;

const REPAIRS: readonly (readonly [pointer: string, ...repairs: readonly Repair[]])[] = [
  ["/enterpriseID", trim, quote],
  ["/userID", trim, quote],
  ["/boxAppSettings/clientID", trim],
  ["/boxAppSettings/clientSecret", trim],
  ["/boxAppSettings/appAuth/publicKeyID", trim],
  ["/boxAppSettings/appAuth/passphrase", trimLines],
  ["/boxAppSettings/appAuth/kmsKeyId", trim],
  ["/boxAppSettings/appAuth/algorithm", trim],
  ["/webhooks/primaryKey", trim],
  ["/webhooks/secondaryKey", trim],
];

/** Undoes the damage that can mean only one thing; each repair is a warning. */
export function repairConfig({ value: given, locate }: JsonDocument): Repaired {
  const value = structuredClone(given);
  const warnings: Issue[] = [];
  for (const [pointer, ...repairs] of REPAIRS) {
    const name = pointerSteps(pointer).at(-1) ?? "";
    const parent = valueAt(value, parentPointer(pointer));
    for (const repair of repairs) {
      const repaired = repair(childOf(parent, name));
      if (repaired === undefined) continue;
      (parent as Parent)[name] = repaired.value;
      warnings.push({ code: repaired.code, pointer, position: locate(pointer) });
    }
  }
  if (namesNoEnterprise(childOf(value, "enterpriseID")) && childOf(value, "userID") !== undefined) {
    delete (value as Parent).enterpriseID;
    const pointer = "/enterpriseID";
    warnings.push({ code: "config_enterprise_ignored", pointer, position: locate(pointer) });
  }
  return { value, warnings };
}

/** What the console writes for an app of a free account. */
const namesNoEnterprise = (id: unknown) => typeof id === "string" && /^0*$/.test(id);
