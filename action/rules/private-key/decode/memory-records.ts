import { Buffer } from "node:buffer";
import { spend } from "../budget.ts";
import type { Decoder } from "./decoder.ts";

/** Characters of the longest record: 255 bytes in hexadecimal, and what is around them. */
const LONGEST = 2 * 255 + 16;

/**
 * The image of a memory as programmers of microcontrollers read it: Intel HEX (`:10000000…`) or Motorola's S-records
 * (`S113…`). The bytes of all records that follow one another, whatever their addresses. Each record has a checksum,
 * so nothing else is taken for one. They are taken as a whole even where they have little data, so that no record is read
 * again.
 */
export const memoryRecords: Decoder = {
  name: "memory records",
  at: ["run"],
  find(bytes, { from }, budget) {
    if (bytes[from - 1] !== COLON && bytes[from] !== CAPITAL_S) return undefined;
    const begin = bytes[from - 1] === COLON ? from - 1 : from;
    const parts: Buffer[] = [];
    let to = begin;
    for (let at = begin; at < bytes.length; ) {
      const line = bytes.toString("latin1", at, at + LONGEST).split("\n", 1)[0] ?? "";
      const data = dataOf(line.trimEnd());
      if (data === undefined || !spend(budget, line.length)) break;
      parts.push(data);
      to = at + line.length;
      at = to + 1;
    }
    return parts.length === 0 ? undefined : { bytes: Buffer.concat(parts), from: begin, to };
  },
};

const COLON = 0x3a;
const CAPITAL_S = 0x53;

/** The data of one record, none for those that have addresses alone; `undefined` for what is no record. */
function dataOf(record: string): Buffer | undefined {
  const [, mark, digits = ""] = /^(:|S[0-9])((?:[0-9A-F]{2}){4,})$/i.exec(record) ?? [];
  const content = Buffer.from(digits, "hex");
  const sum = content.reduce((total, byte) => (total + byte) & 0xff, 0);
  if (mark === ":")
    return sum === 0 && content.length === (content[0] ?? 0) + 5 ? intelData(content) : undefined;
  return mark && sum === 0xff && content.length === (content[0] ?? 0) + 1
    ? motorolaData(mark, content)
    : undefined;
}

/** Length, address of two bytes, type, data, checksum; type 0 is data. */
const intelData = (record: Buffer) => (record[3] === 0 ? record.subarray(4, -1) : NOTHING);

/** Length, address, data, checksum; S1, S2 and S3 are data, with addresses of two, three and four bytes. */
function motorolaData(mark: string, record: Buffer): Buffer {
  const type = Number(mark.slice(1));
  return type >= 1 && type <= 3 ? record.subarray(type + 2, -1) : NOTHING;
}

const NOTHING = Buffer.alloc(0);
