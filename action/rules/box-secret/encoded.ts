import { Buffer } from "node:buffer";
import { type Budget, spend } from "../private-key/budget.ts";
import { ALPHANUMERIC, alphabet, type Run } from "../private-key/search/runs.ts";

/** Text that was decoded, and where its encoding is. */
export interface Decoded {
  readonly text: Buffer;
  readonly start: number;
  readonly end: number;
}

/** 32 characters in base64, without the padding. */
const SHORTEST = 43;
/** Characters of base64 that hold a Box config with a key, and much more. */
const LONGEST = 16 * 1024;
const BASE64 = alphabet(`${ALPHANUMERIC}+/`);
/** 18 bytes: random ones are all printable once in 30 million times. */
const HEAD = 24;
/** What base64 of a space and of `~` begin with: every other printable character is between. */
const [FIRST_OF_SPACE, FIRST_OF_TILDE] = [0x49, 0x66];

/**
 * What `"box` begins with in base64, at each of the three places in a group of four, and what `"boxA` and `"box_`
 * make of it. The short form is searched for first: it is rare, and the search for it costs the least.
 */
const ENCODED_BOX: readonly (readonly [short: string, ...long: readonly string[]])[] = [
  ["Ym94", "Ym94QX", "Ym94X3"],
  ["ImJve", "ImJveE", "ImJveF"],
  ["Jib3h", "Jib3hB", "Jib3hf"],
];

/** Files that name Box in plain text are read whatever their size; of others only those that people write. */
const LARGEST_UNNAMED = 128 * 1024;

/**
 * Whether a file that does not name Box may hold a Box config or an assertion in base64, which has `"box` inside, or
 * a downscoped token.
 */
export const mayHideBox = (bytes: Buffer): boolean =>
  bytes.length <= LARGEST_UNNAMED && (holdsEncodedBox(bytes) || holdsDownscoped(bytes));

const holdsEncodedBox = (bytes: Buffer) =>
  ENCODED_BOX.some(([short, ...long]) => {
    const first = bytes.indexOf(short, 0, "latin1");
    return first !== -1 && long.some((word) => bytes.indexOf(word, first, "latin1") !== -1);
  });

const DOWNSCOPED = /^[\w-]{40}$/;

function holdsDownscoped(bytes: Buffer): boolean {
  for (let at = bytes.indexOf("1!", 0, "latin1"); at !== -1; at = bytes.indexOf("1!", at + 2, "latin1"))
    if (DOWNSCOPED.test(bytes.toString("latin1", at + 2, at + 42))) return true;
  return false;
}

const PRINTABLE = /^[\t\n\r -~]+$/;

/**
 * The text that the run is in base64. Base64 of text in ASCII begins with bytes that are printable; hashes, keys and
 * names nearly never do, so few runs are decoded as a whole.
 */
export function decodedAt(bytes: Buffer, { from, to }: Run, budget: Budget): Decoded | undefined {
  if (to - from < SHORTEST) return undefined;
  // The middle of a longer one, which was decoded from its beginning.
  if (from > 0 && BASE64[bytes[from - 1] as number] === 1) return undefined;
  const first = bytes[from] as number;
  if (first < FIRST_OF_SPACE || first > FIRST_OF_TILDE) return undefined;
  if (!PRINTABLE.test(decode(bytes, from, from + HEAD).toString("latin1"))) return undefined;
  let end = to;
  while (end < bytes.length && end - from < LONGEST && BASE64[bytes[end] as number] === 1) end++;
  if (!spend(budget, end - from)) return undefined;
  const text = decode(bytes, from, end);
  return text.includes(0) ? undefined : { text, start: from, end };
}

const decode = (bytes: Buffer, from: number, to: number) =>
  Buffer.from(bytes.toString("latin1", from, to), "base64");
