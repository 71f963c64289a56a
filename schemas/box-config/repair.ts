import type { Issue } from "../json/issue.ts";
import type { JsonDocument } from "../json/parse.ts";

interface Repaired {
  /** A copy of the document with the repairs in it. */
  readonly value: unknown;
  readonly warnings: readonly Issue[];
}

type Parent = Record<string, unknown>;
type Repair = (
  given: unknown,
) => { readonly value: unknown; readonly message: string; readonly fix: string } | undefined;

/** None of these may hold a space, so one at either end can only be a slip of the clipboard or the shell. */
const trim: Repair = (given) =>
  typeof given === "string" && given !== given.trim()
    ? {
        value: given.trim(),
        message: "The value has whitespace at its start or end, which was taken off.",
        fix: "Remove it: others, the Box SDKs among them, send it as it is.",
      }
    : undefined;

/** A passphrase may begin or end with a space, but a user cannot type a line break into one. */
const trimLines: Repair = (given) => {
  if (typeof given !== "string") return undefined;
  let end = given.length;
  while (given[end - 1] === "\n" || given[end - 1] === "\r") end--;
  if (end === given.length) return undefined;
  return {
    value: given.slice(0, end),
    message: "The passphrase ends with a line break, which was taken off.",
    fix: "Remove it: the key does not open with it.",
  };
};

const quote: Repair = (given) =>
  typeof given === "number" && Number.isSafeInteger(given) && given >= 0
    ? {
        value: String(given),
        message: "The id is a number; its digits were taken as the string.",
        fix: "Put it into double quotes: the Box SDKs refuse or ignore a number.",
      }
    : undefined;

const REPAIRS: readonly (readonly [pointer: string, ...repairs: readonly Repair[]])[] = [
  ["/enterpriseID", trim, quote],
  ["/userID", trim, quote],
  ["/boxAppSettings/clientID", trim],
  ["/boxAppSettings/clientSecret", trim],
  ["/boxAppSettings/appAuth/publicKeyID", trim],
  ["/boxAppSettings/appAuth/passphrase", trimLines],
  ["/boxAppSettings/appAuth/algorithm", trim],
  ["/webhooks/primaryKey", trim],
  ["/webhooks/secondaryKey", trim],
];

/** Undoes the damage that can mean only one thing; each repair is a warning. */
export function repairConfig({ value: given, locate }: JsonDocument): Repaired {
  const value = structuredClone(given);
  const warnings: Issue[] = [];
  for (const [pointer, ...repairs] of REPAIRS) {
    const steps = pointer.split("/").slice(1);
    const name = steps.pop() ?? "";
    const parent = steps.reduce<unknown>(memberOf, value);
    for (const repair of repairs) {
      const repaired = repair(memberOf(parent, name));
      if (repaired === undefined) continue;
      (parent as Parent)[name] = repaired.value;
      warnings.push({ pointer, message: repaired.message, fix: repaired.fix, ...locate(pointer) });
    }
  }
  if (namesNoEnterprise(memberOf(value, "enterpriseID")) && memberOf(value, "userID") !== undefined) {
    delete (value as Parent).enterpriseID;
    const pointer = "/enterpriseID";
    warnings.push({ pointer, ...NO_ENTERPRISE, ...locate(pointer) });
  }
  return { value, warnings };
}

/** What the console writes for an app of a free account. */
const namesNoEnterprise = (id: unknown) => typeof id === "string" && /^0*$/.test(id);

const NO_ENTERPRISE = {
  message: "This is no enterprise; the app gets tokens for userID alone.",
  fix: "Remove enterpriseID.",
};

const memberOf = (parent: unknown, name: string): unknown =>
  typeof parent === "object" && parent !== null && Object.hasOwn(parent, name)
    ? (parent as Parent)[name]
    : undefined;
