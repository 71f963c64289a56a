import { Buffer } from "node:buffer";
import { createRequire } from "node:module";
import { type Budget, spend } from "../rules/private-key/budget.ts";

/** Loaded where it is needed: it takes longer than most scans of what is staged. */
const zlib = () => createRequire(import.meta.url)("node:zlib") as typeof import("node:zlib");

/** What archives and compressed files begin with; those of tar are further in. The last rows are LZMA by its dictionaries. */
const MAGICS = [
  ["504b0304", 0],
  ["504b0506", 0],
  ["1f8b08", 0],
  ["425a68", 0],
  ["fd377a585a00", 0],
  ["28b52ffd", 0],
  ["04224d18", 0],
  ["377abcaf271c", 0],
  ["526172211a07", 0],
  ["1f9d", 0],
  ["213c617263683e0a", 0],
  ["4d534346", 0],
  ["7573746172", 257],
  ["5d00001000", 0],
  ["5d00002000", 0],
  ["5d00004000", 0],
  ["5d00008000", 0],
  ["5d00000001", 0],
  ["5d00000002", 0],
  ["5d00000004", 0],
] as const satisfies readonly (readonly [string, number])[];

const ARCHIVES = MAGICS.map(([hex, at]) => ({ magic: Buffer.from(hex, "hex"), at }));

/** Whether a file is an archive or compressed, by its first bytes: such files are counted, not scanned. */
export const looksLikeArchive = (bytes: Buffer): boolean =>
  ARCHIVES.some(
    ({ magic, at }) => bytes[at] === magic[0] && bytes.subarray(at, at + magic.length).equals(magic),
  ) ||
  (beginsLikeZlib(bytes) && isZlib(bytes));

/** The second byte of a zlib stream, by how hard its writer tried; the first is `x`. */
const ZLIB_LEVELS = new Set([0x01, 0x5e, 0x9c, 0xda]);
/** Bytes that show whether it is one: text begins with the same two. */
const ZLIB_PROOF = 512;

const beginsLikeZlib = (bytes: Buffer) => bytes[0] === 0x78 && ZLIB_LEVELS.has(bytes[1] ?? 0);

function isZlib(bytes: Buffer): boolean {
  const { inflateSync, constants } = zlib();
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: ZLIB_PROOF };
    return inflateSync(bytes.subarray(0, ZLIB_PROOF), options).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE";
  }
}

/** Two bytes are too few to recognize in base64. */
const SHORTEST_MAGIC = 3;
/** The characters that the magics fill, in base64 and base64url. */
const IN_BASE64 = ARCHIVES.filter(({ magic, at }) => at === 0 && magic.length >= SHORTEST_MAGIC).flatMap(
  ({ magic }) =>
    (["base64", "base64url"] as const).map((encoding) =>
      Buffer.from(magic.toString(encoding).slice(0, Math.floor((magic.length * 8) / 6))),
    ),
);
const FIRST = new Uint8Array(256);
for (const start of IN_BASE64) FIRST[start[0] as number] = 1;
/** `e`, in which a zlib stream begins. */
const ZLIB_FIRST = 0x65;

/** The same of the base64 that begins at `from`. */
export function looksLikeArchiveInBase64(bytes: Buffer, from: number, budget: Budget): boolean {
  const first = bytes[from] ?? 0;
  const decoded = (size: number) => Buffer.from(bytes.toString("latin1", from, from + 2 * size), "base64");
  if (first === ZLIB_FIRST)
    return beginsLikeZlib(decoded(2)) && spend(budget, ZLIB_PROOF) && isZlib(decoded(ZLIB_PROOF));
  return (
    FIRST[first] === 1 && IN_BASE64.some((start) => start.equals(bytes.subarray(from, from + start.length)))
  );
}
