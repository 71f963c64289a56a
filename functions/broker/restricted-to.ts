import { isObject } from "../../schemas/json/is-object.ts";
import type { BoxToken } from "../../schemas/protocol/token-response.ts";
import type { Restriction } from "./ports.ts";

/**
 * Whether a downscoped token is no wider than requested, by the `restricted_to` that Box returned with it: one row
 * for each scope and object that the token holds. With a resource there must be rows, all for that object. Box does
 * not document what it returns without one, so rows are then checked for their scopes alone, and may be absent. Where Box
 * names the token's scopes beside it, each must have been requested.
 */
export function isWithin(
  { restricted_to: restrictedTo, scope: granted = "" }: Pick<BoxToken, "restricted_to" | "scope">,
  { scopes, resource }: Restriction,
): boolean {
  if (!granted.split(" ").every((scope) => scope === "" || scopes.includes(scope))) return false;
  if (resource !== undefined && restrictedTo.length === 0) return false;
  const object = resource === undefined ? undefined : objectOf(resource);
  return restrictedTo.every((row) => {
    if (!isObject(row)) return false;
    const { scope } = row;
    if (typeof scope !== "string" || !scopes.includes(scope)) return false;
    return object === undefined || (isObject(row.object) && isSame(row.object, object));
  });
}

interface BoxObject {
  readonly type: string;
  readonly id: string;
}

/** `https://api.box.com/2.0/folders/987` → folder 987. The form was checked when the request was parsed. */
function objectOf(resource: string): BoxObject {
  const [collection = "", id = ""] = resource.split("/").slice(-2);
  return { type: collection.replace(/s$/, ""), id };
}

/** Box writes ids as strings; a number is compared as what it would be there. */
function isSame({ type, id }: Readonly<Record<string, unknown>>, expected: BoxObject): boolean {
  return type === expected.type && String(id) === expected.id;
}
