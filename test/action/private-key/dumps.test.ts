import { describe, expect, it } from "vitest";
import { budgetFor } from "../../../action/rules/private-key/budget.ts";
import { detectKeys } from "../../../action/rules/private-key/detect.ts";
import { boxConfig, KINDS } from "./kinds.ts";

interface Layout {
  readonly width: number;
  readonly address: (offset: number) => string;
  readonly numbers: (bytes: Buffer) => string;
  /** The column of text, by the bytes as text; without it there is none. */
  readonly text?: (shown: string) => string;
}

const hex = (number: number, digits: number) => number.toString(16).padStart(digits, "0");
const words = (bytes: Buffer, size: number, between = " ") =>
  (bytes.toString("hex").match(new RegExp(`.{1,${2 * size}}`, "g")) ?? []).join(between);
/** The two bytes of each word the other way round, as `hexdump` and `od -x` print them on most machines. */
const swapped = (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]).swap16();
const octal = (bytes: Buffer) => [...bytes].map((byte) => byte.toString(8).padStart(3, "0")).join(" ");

const LAYOUTS: Readonly<Record<string, Layout>> = {
  xxd: {
    width: 16,
    address: (offset) => `${hex(offset, 8)}: `,
    numbers: (bytes) => words(bytes, 2).padEnd(39),
    text: (shown) => `  ${shown}`,
  },
  "xxd -u, in a comment": {
    width: 16,
    address: (offset) => `// ${hex(offset, 8)}: `,
    numbers: (bytes) => words(bytes, 2).toUpperCase().padEnd(39),
    text: (shown) => `  ${shown}`,
  },
  "xxd -g 1 -c 32": {
    width: 32,
    address: (offset) => `${hex(offset, 8)}: `,
    numbers: (bytes) => words(bytes, 1).padEnd(95),
    text: (shown) => `  ${shown}`,
  },
  "hexdump -C": {
    width: 16,
    address: (offset) => `${hex(offset, 8)}  `,
    numbers: (bytes) => `${words(bytes.subarray(0, 8), 1)}  ${words(bytes.subarray(8), 1)}`.padEnd(48),
    text: (shown) => `  |${shown}|`,
  },
  "od -A x -t x1z": {
    width: 16,
    address: (offset) => `${hex(offset, 6)} `,
    numbers: (bytes) => words(bytes, 1).padEnd(47),
    text: (shown) => `  >${shown}<`,
  },
  "od -b": { width: 16, address: (offset) => `${offset.toString(8).padStart(7, "0")} `, numbers: octal },
  "od -x": {
    width: 16,
    address: (offset) => `${offset.toString(8).padStart(7, "0")} `,
    numbers: (bytes) => words(swapped(bytes), 2),
  },
  "openssl -dump, indented": {
    width: 16,
    address: (offset) => `    ${hex(offset, 4)} - `,
    numbers: (bytes) => `${words(bytes.subarray(0, 8), 1)}-${words(bytes.subarray(8), 1)}`.padEnd(47),
    text: (shown) => `   ${shown}`,
  },
  "tcpdump -X": {
    width: 16,
    address: (offset) => `\t0x${hex(offset, 4)}:  `,
    numbers: (bytes) => words(bytes, 2).padEnd(39),
    text: (shown) => `  ${shown}`,
  },
  "Format-Hex": {
    width: 16,
    address: (offset) => `${hex(offset, 16).toUpperCase()} `,
    numbers: (bytes) => words(bytes, 1).toUpperCase().padEnd(47),
    text: (shown) => ` ${shown}`,
  },
};

const shownText = (bytes: Buffer) => bytes.toString("latin1").replace(/[^ -~]/g, ".");

function dump(content: Buffer, { width, address, numbers, text }: Layout): string {
  const lines: string[] = [];
  for (let offset = 0; offset < content.length; offset += width) {
    const bytes = content.subarray(offset, offset + width);
    lines.push(`${address(offset)}${numbers(bytes)}${text?.(shownText(bytes)) ?? ""}`);
  }
  return `${lines.join("\n")}\n`;
}

const detected = (text: string) => {
  const bytes = Buffer.from(text, "latin1");
  return detectKeys(bytes, undefined, budgetFor(bytes.length));
};
const found = (text: string) => detected(text).map(({ key }) => key.identity);

const NAMES = ["pkcs8-rsa", "pkcs8-box", "openssh-rsa", "der-pkcs8", "der-box"];

describe.each(Object.entries(LAYOUTS))("a key in a dump by %s", (_, layout) => {
  it("is found once, with the dump's first line as its place", () => {
    for (const name of NAMES) {
      const { content, identity } = KINDS[name]!;
      const before = "$ dump key\n\nof the file:\n";
      const hits = detected(`${before}${dump(content, layout)}\nafter\n`);
      expect([name, hits.map(({ key }) => key.identity)]).toEqual([name, [identity]]);
      expect([name, hits[0]?.offset]).toEqual([name, before.length]);
    }
  });

  it("is found in the middle of other content, in lines without trailing blanks, and with CRLF", () => {
    const { content, identity } = KINDS["pkcs8-rsa"]!;
    const inside = Buffer.concat([Buffer.alloc(100, "some text\0"), content, Buffer.alloc(1000, 0xee)]);
    const text = dump(inside, layout);
    expect(found(text.replace(/ +$/gm, ""))).toEqual([identity]);
    expect(found(text.replaceAll("\n", "\r\n"))).toEqual([identity]);
  });
});

it("a dump whose repeated lines are left out is read on behind them", () => {
  const layout = LAYOUTS["hexdump -C"]!;
  const { content, identity } = KINDS["pkcs8-rsa"]!;
  const zeros = dump(Buffer.alloc(16), layout);
  expect(found(`${zeros}*\n${dump(content, layout)}`)).toEqual([identity]);
});

it("a dump of a Box config is searched like the config", () => {
  const { content, kind } = KINDS["pkcs8-box"]!;
  const config = Buffer.from(boxConfig(content.toString("latin1")));
  const [hit] = detected(dump(config, LAYOUTS.xxd!));
  expect([hit?.key.container, hit?.opened, hit?.ofBoxConfig]).toEqual(["encrypted-pkcs8", true, true]);
  expect(kind).toMatch(/^encrypted/);
});

it.each([
  ["random bytes", Buffer.from(Array.from({ length: 4096 }, (_, at) => (at * 7919 + (at >> 3) * 31) & 0xff))],
  ["a public key", Buffer.from("-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n")],
])("a dump of %s is no finding", (_, content) => {
  for (const layout of Object.values(LAYOUTS)) expect(found(dump(content, layout))).toEqual([]);
});

it("a column of text that is made of hexadecimal digits alone is none of the words", () => {
  for (const name of ["traditional-rsa", "traditional-aes"])
    for (const layout of Object.values(LAYOUTS))
      for (let shift = 0; shift < 16; shift++) {
        const { content, identity } = KINDS[name]!;
        const shifted = Buffer.concat([Buffer.alloc(shift, "#"), Buffer.from("\n"), content]);
        expect([name, shift, found(dump(shifted, layout))]).toEqual([name, shift, [identity]]);
      }
});

it("a long dump costs work that grows with its size, not faster", () => {
  const layout = LAYOUTS["hexdump -C"]!;
  const work = (size: number) => {
    const bytes = Buffer.from(dump(Buffer.alloc(size, "some text and more "), layout));
    const budget = budgetFor(bytes.length);
    detectKeys(bytes, undefined, budget);
    return budget.work;
  };
  expect(work(80_000)).toBeLessThan(2.5 * work(40_000));
});
