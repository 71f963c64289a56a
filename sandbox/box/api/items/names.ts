import type { BoxItem } from "../../items/item.ts";
import type { BoxState } from "../../state.ts";
import { ApiRefusal } from "../errors.ts";
import { mini } from "./representation.ts";

const LONGEST_NAME = 255;

/**
 * A name that Box takes. Its reference forbids slashes, non-printable ASCII characters, trailing spaces, `.` and `..`; a
 * page of errors that names further characters and leading spaces contradicts it, and Box's apps create such names.
 * @throws ApiRefusal
 */
export function validName(name: string): string {
  if (name.length > LONGEST_NAME) throw new ApiRefusal("item_name_too_long");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Box refuses.
  const isInvalid = /[/\\\u0000-\u001f\u007f]| $/.test(name) || [".", ".."].includes(name);
  if (isInvalid) throw new ApiRefusal("item_name_invalid");
  return name;
}

/** The name of a copied file: Box removes what it does not take. */
export function sanitizedName(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that Box removes.
  const kept = name.replaceAll(/[/\\\u0000-\u001f\u007f]/g, "").trimEnd();
  return validName([".", ".."].includes(kept) ? "" : kept);
}

/** What has the name in the folder already, compared without regard to case. */
function namesake({ items }: Pick<BoxState, "items">, folder: BoxItem, name: string): BoxItem | undefined {
  const wanted = name.toLowerCase();
  return items.childrenOf(folder.id).find(
    (item) =>
      item.trashed === undefined &&
      item.name.toLowerCase() === wanted &&
      // The folder 0 has the roots of all users.
      (folder.id !== "0" || item.ownerId === folder.ownerId),
  );
}

/** @param conflicts how the refusal names what has the name */
const freeName =
  (conflicts: (other: ReturnType<typeof mini>) => unknown) =>
  (state: Pick<BoxState, "items">, folder: BoxItem, name: string, own?: BoxItem): void => {
    const other = namesake(state, folder, name);
    if (other === undefined || other === own) return;
    throw new ApiRefusal("item_name_in_use", { context: { conflicts: conflicts(mini(other)) } });
  };

/** @throws ApiRefusal where something else in the folder has the name; it lists what that is */
export const requireFreeName = freeName((other) => [other]);

/** The same for an upload: Box names the one item, not in a list as its document has it. */
export const requireFreeUploadName = freeName((other) => other);
