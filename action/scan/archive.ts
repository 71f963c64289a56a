import { Buffer } from "node:buffer";

/** What archives and compressed files begin with; those of tar are further in. */
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
] as const satisfies readonly (readonly [string, number])[];

const ARCHIVES = MAGICS.map(([hex, at]) => ({ magic: Buffer.from(hex, "hex"), at }));

/** Whether a file is an archive or compressed, by its first bytes: such files are counted, not scanned. */
export const looksLikeArchive = (bytes: Buffer): boolean =>
  ARCHIVES.some(
    ({ magic, at }) => bytes[at] === magic[0] && bytes.subarray(at, at + magic.length).equals(magic),
  );
