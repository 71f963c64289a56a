/** How languages write a byte other than as `0x30` or `48`, and what is `0x30` or `48` in it. */
const NOTATIONS: readonly (readonly [written: RegExp, plain: string])[] = [
  // Java, C, Kotlin and Scala: `(byte) 0x82`, `(char)130`, `0x82.toByte()`, `0x82.toByte`.
  [/\( ?(?:byte|char) ?\)|\.toByte(?:\(\))?/g, ""],
  // C++: `std::byte{0x82}`.
  [/(?:std::)?byte\{ ?([0-9a-fx]{1,4}) ?\}/gi, "$1"],
  // Visual Basic and Pascal: `&H82`, `$82`.
  [/(?:&H|\$)(?=[0-9a-f]{1,2}\b)/gi, "0x"],
  // Rust and Nim: `0x82u8`, `130_u8`, `0x82'u8`.
  [/(?<=[0-9a-f])[_']?u8\b/gi, ""],
  // Verilog: `8'h82`, `8'd130`.
  [/\b8'h(?=[0-9a-f])/gi, "0x"],
  [/\b8'd(?=[0-9])/gi, ""],
  // Ada and Erlang: `16#82#`, `16#82`.
  [/\b16#([0-9a-f]{1,2})#?/gi, "0x$1"],
  // Assemblers: `db 82h, 0F7h`, `db 0x82`, `db 130, 247`. In a list `db` may also be a byte, without such a number behind it.
  [/\bdb[ \t]+(?=0x|[0-9a-f]{2,3}h|[0-9]{1,3}[ \t]*,)/gi, ""],
  [/\b0?([0-9a-f]{2})h\b/gi, "0x$1"],
  [/\.byte\b/g, ""],
  // PHP's `var_export`: `0 => 130`.
  [/\b[0-9]{1,6} => (?=[0-9])/g, ""],
];

/** Whether the beginning of a list has a notation that is more than marks around a number. */
export const hasNotation = (head: string): boolean => ANY.test(head);

const ANY = new RegExp(NOTATIONS.map(([{ source }]) => source).join("|"), "i");

/** The same list with each number as `0x30` or `48`. */
export const inPlainNumbers = (list: string): string =>
  NOTATIONS.reduce((text, [written, plain]) => text.replace(written, plain), list);
