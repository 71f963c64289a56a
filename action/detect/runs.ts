/** Shortest run that is looked at: the 43 characters of a P-256 key in a JWK, a line of `xxd -p`, less a margin. */
const SHORTEST_RUN = 40;

/** 1 for every character of base64 and base64url, which hexadecimal is part of. */
const IN_RUN = new Uint8Array(256);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
  IN_RUN[char.charCodeAt(0)] = 1;

export interface Run {
  readonly from: number;
  readonly to: number;
}

/**
 * Finds every run of at least 40 base64 characters. A run that long covers a multiple of 40, so only these
 * offsets are looked at, and what is around them if they are in a run: a small part of a file.
 */
export function* runs(bytes: Uint8Array): Generator<Run> {
  const size = bytes.length;
  let done = 0;
  for (let at = nextSample(bytes, 0); at < size; at = nextSample(bytes, at + SHORTEST_RUN)) {
    let from = at;
    while (from > done && IN_RUN[bytes[from - 1] as number] === 1) from--;
    let to = at + 1;
    while (to < size && IN_RUN[bytes[to] as number] === 1) to++;
    done = to;
    if (to - from >= SHORTEST_RUN && isMixed(bytes, from)) yield { from, to };
    at = Math.max(at, to - (to % SHORTEST_RUN));
  }
}

function nextSample(bytes: Uint8Array, from: number): number {
  const size = bytes.length;
  let at = from;
  while (at < size && IN_RUN[bytes[at] as number] === 0) at += SHORTEST_RUN;
  return at;
}

/** Encoded bytes change between digits, capitals and small letters all the time; names and rulers do not. */
function isMixed(bytes: Uint8Array, from: number): boolean {
  let changes = 0;
  let digits = 0;
  let last = -1;
  for (let at = from; at < from + SHORTEST_RUN; at++) {
    const byte = bytes[at] as number;
    const kind = byte < 0x3a ? 0 : byte < 0x5b ? 1 : 2;
    if (kind !== last) changes++;
    if (kind === 0) digits++;
    last = kind;
  }
  return changes >= 6 || digits >= SHORTEST_RUN / 2;
}
