/** Ids in Box's paths: numbers, the hexadecimal ones of upload sessions, and UUIDs. `0` is the root folder. */
const ID = /^(?:\d+|[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/i;
const SINGULARS: ReadonlyMap<string, string> = new Map([
  ["versions", "file_version"],
  ["watermark", "file"],
  ["policies", "policy"],
]);

/** The path as Box's API reference writes it: `/2.0/folders/{folder_id}/items` for `/2.0/folders/987/items`. */
export function pathTemplate(path: string): string {
  const segments = path.split("/");
  return segments
    .map((segment, at) => (ID.test(segment) && at > 1 ? `{${singular(segments[at - 1] ?? "")}_id}` : segment))
    .join("/");
}

function singular(collection: string): string {
  return SINGULARS.get(collection) ?? collection.replace(/ies$/, "y").replace(/s$/, "").replaceAll("-", "_");
}
