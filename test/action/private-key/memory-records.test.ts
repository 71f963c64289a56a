import { expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { memoryRecords } from "../../../action/rules/private-key/decode/memory-records.ts";
import { identitiesIn } from "./detected.ts";
import { KINDS } from "./kinds.ts";

const hex = (bytes: readonly number[]) => Buffer.from(bytes).toString("hex").toUpperCase();
const sumOf = (bytes: readonly number[]) => bytes.reduce((sum, byte) => sum + byte, 0);

/** https://archive.org/details/IntelHEXStandard: the sum of all bytes of a record is 0. */
function intel(type: number, address: number, data: Buffer): string {
  const bytes = [data.length, (address >> 8) & 0xff, address & 0xff, type, ...data];
  return `:${hex([...bytes, -sumOf(bytes) & 0xff])}`;
}

/** srec(5): the sum of all bytes of a record is 255. */
function motorola(type: number, address: number, data: Buffer, addressBytes = type + 1): string {
  const place = Buffer.alloc(4);
  place.writeUInt32BE(address);
  const bytes = [data.length + addressBytes + 1, ...place.subarray(4 - addressBytes), ...data];
  return `S${type}${hex([...bytes, ~sumOf(bytes) & 0xff])}`;
}

const pieces = (image: Buffer, width: number) =>
  Array.from({ length: Math.ceil(image.length / width) }, (_, at) => ({
    address: at * width,
    data: image.subarray(at * width, (at + 1) * width),
  }));

/** A key between the code and the padding of a firmware. */
const image = (key: Buffer) => Buffer.concat([Buffer.alloc(333, 0x5a), key, Buffer.alloc(40, 0xff)]);

const intelFile = (key: Buffer, width: number) =>
  [
    intel(4, 0, Buffer.from([0x08, 0x00])),
    ...pieces(image(key), width).map(({ address, data }) => intel(0, address, data)),
    intel(1, 0, Buffer.alloc(0)),
  ].join("\r\n");

const motorolaFile = (key: Buffer, type: number) =>
  [
    motorola(0, 0, Buffer.from("firmware"), 2),
    ...pieces(image(key), 32).map(({ address, data }) => motorola(type, address, data)),
    motorola(10 - type, 0, Buffer.alloc(0), type + 1),
  ].join("\n");

const FILES: Readonly<Record<string, (key: Buffer) => string>> = {
  "Intel HEX": (key) => intelFile(key, 16),
  "Intel HEX with 32 bytes in each record": (key) => intelFile(key, 32),
  "Intel HEX in small letters": (key) => intelFile(key, 16).toLowerCase(),
  "S-records with addresses of 16 bits": (key) => motorolaFile(key, 1),
  "S-records with addresses of 24 bits": (key) => motorolaFile(key, 2),
  "S-records with addresses of 32 bits": (key) => motorolaFile(key, 3),
};

const KINDS_OF_FIRMWARE = ["pkcs8-box", "pkcs1-rsa", "pkcs8-ec", "der-pkcs8", "der-box", "der-ed25519"];

it.each(Object.entries(FILES))("a key in the firmware of a device, in %s, is found, once", (_, write) => {
  for (const kind of KINDS_OF_FIRMWARE)
    expect([kind, identitiesIn(write(KINDS[kind]!.content))]).toEqual([kind, [KINDS[kind]!.identity]]);
});

it.each([
  ["a wrong checksum", ":", (line: string) => `${line.slice(0, -2)}00`],
  ["a wrong length", ":", (line: string) => line.replace(/^:20/, ":1F")],
  ["a wrong checksum", "S", (line: string) => `${line.slice(0, -2)}00`],
])("a line with %s, after %s, is no record", (_, mark, spoil) => {
  const image = Buffer.alloc(64, 0x42);
  const write = mark === ":" ? (data: Buffer) => intel(0, 0, data) : (data: Buffer) => motorola(1, 0, data);
  const record = write(image.subarray(0, 32));
  const decoded = (text: string) => {
    const bytes = Buffer.from(text);
    const place = { kind: "run", from: mark === ":" ? 1 : 0, to: record.length } as const;
    return memoryRecords.find(bytes, place, budgetFor(bytes.length))?.bytes;
  };
  expect(decoded(`${record}\n${record}\n`)).toEqual(image);
  expect(decoded(`${record}\n${spoil(record)}\n${record}\n`)).toEqual(image.subarray(0, 32));
  expect(decoded(`${spoil(record)}\n${record}\n${record}\n`)).toBeUndefined();
});
