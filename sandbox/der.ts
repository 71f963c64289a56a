/** What the sandbox writes of DER (X.690): the few types that keys and certificates are made of. */

export const sequence = (...members: readonly Buffer[]): Buffer => tagged(0x30, Buffer.concat(members));
export const set = (...members: readonly Buffer[]): Buffer => tagged(0x31, Buffer.concat(members));
export const octets = (content: Buffer): Buffer => tagged(0x04, content);
export const utf8 = (text: string): Buffer => tagged(0x0c, Buffer.from(text));
export const TRUE: Buffer = tagged(0x01, Buffer.from([0xff]));

/** A non-negative integer. */
export function integer(value: number | Buffer): Buffer {
  const bytes = typeof value === "number" ? Buffer.from(evenHex(value), "hex") : value;
  return tagged(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]));
}

/** @param unused bits at the end of the last byte. */
export function bits(content: Buffer, unused = 0): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([unused]), content]));
}

/** An object identifier in dotted form, whose parts are below 2^28. */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return tagged(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** UTCTime, to the second; for years before 2050. */
export function utcTime(date: Date): Buffer {
  return tagged(0x17, Buffer.from(`${date.toISOString().slice(2, 19).replaceAll(/[-:T]/g, "")}Z`));
}

/** `[number]` of the context: around whole elements if constructed, else in the place of their tag. */
export function context(number: number, content: Buffer, { constructed = false } = {}): Buffer {
  return tagged((constructed ? 0xa0 : 0x80) + number, content);
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

function base128(value: number): number[] {
  const groups = [value & 0x7f];
  for (let rest = value >> 7; rest > 0; rest >>= 7) groups.unshift((rest & 0x7f) | 0x80);
  return groups;
}

function evenHex(value: number): string {
  const hex = value.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
}
