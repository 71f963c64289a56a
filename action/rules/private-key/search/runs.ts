/** 1 for each byte that belongs to it. */
export type Alphabet = Uint8Array;

export function alphabet(characters: string): Alphabet {
  const members = new Uint8Array(256);
  for (const character of characters) members[character.charCodeAt(0)] = 1;
  return members;
}

export const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

export interface Run {
  readonly from: number;
  readonly to: number;
}

/** The runs of at least `shortest` bytes of an alphabet. */
export function* runs(bytes: Uint8Array, members: Alphabet, shortest: number): Generator<Run> {
  for (let to = -1; ; ) {
    const from = runStart(bytes, members, shortest, to + 1);
    if (from === -1) return;
    to = runEnd(bytes, members, from + shortest);
    yield { from, to };
  }
}

/**
 * Where the next run begins, or -1. Searches backwards from where its last byte would be, as Boyer and Moore do, so
 * that most bytes of ordinary text are never read. It runs on every file: small and free of calls, V8 has it
 * optimized after the first few.
 */
function runStart(bytes: Uint8Array, members: Alphabet, shortest: number, from: number): number {
  const size = bytes.length;
  let start = from;
  let known = from - 1;
  for (let last = start + shortest - 1; last < size; last = start + shortest - 1) {
    let at = last;
    while (at > known && members[bytes[at] as number] === 1) at--;
    if (at === known) return start;
    start = at + 1;
    known = last;
  }
  return -1;
}

function runEnd(bytes: Uint8Array, members: Alphabet, from: number): number {
  let to = from;
  while (to < bytes.length && members[bytes[to] as number] === 1) to++;
  return to;
}

/** Shortest run that is inspected: the 43 characters of a P-256 key in a JWK, a line of `xxd -p`, less a margin. */
export const SHORTEST_ENCODED = 40;

/** Every character of base64 and base64url, which hexadecimal is part of. */
export const BASE64 = alphabet(`${ALPHANUMERIC}+/-_`);

/** Runs that may be something in base64 or hexadecimal. */
export function* encodedRuns(bytes: Uint8Array): Generator<Run> {
  for (const run of runs(bytes, BASE64, SHORTEST_ENCODED)) if (isEncoded(bytes, run)) yield run;
}

/** The first characters of what is compressed, or has many zeros, are seldom mixed; those that follow are. */
const isEncoded = (bytes: Uint8Array, { from, to }: Run) =>
  isMixed(bytes, from) || (to - from >= 2 * SHORTEST_ENCODED && isMixed(bytes, from + SHORTEST_ENCODED));

/**
 * Encoded bytes change between digits, capitals and small letters all the time. Names, paths and rulers do not, or
 * have no digits: a random run is taken for one of them once in 100,000 times.
 */
function isMixed(bytes: Uint8Array, from: number): boolean {
  let [changes, digits, last] = [0, 0, 0];
  for (let at = from; at < from + SHORTEST_ENCODED; at++) {
    const kind = KIND[bytes[at] as number] as number;
    if (kind === MARK) continue;
    if (kind !== last) changes++;
    if (kind === DIGIT) digits++;
    last = kind;
  }
  return digits >= SHORTEST_ENCODED / 2 || changes >= 12 || (changes >= 6 && digits > 0);
}

const [MARK, DIGIT, CAPITAL, SMALL] = [0, 1, 2, 3];
const KIND = Uint8Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  if (/[0-9]/.test(character)) return DIGIT;
  if (/[A-Z]/.test(character)) return CAPITAL;
  return /[a-z]/.test(character) ? SMALL : MARK;
});
