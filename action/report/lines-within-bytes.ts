import { Buffer } from "node:buffer";

/** The first lines that fit into so many bytes of UTF-8 with their line ends, and how many are left out. */
export function linesWithinBytes(bytes: number, lines: readonly string[]) {
  let room = bytes;
  const end = lines.findIndex((line) => {
    room -= Buffer.byteLength(line) + 1;
    return room < 0;
  });
  const fitting = end === -1 ? lines : lines.slice(0, end);
  return { lines: fitting, left: lines.length - fitting.length };
}
