/** 1 for ASCII letters and digits. */
const ALNUM = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number(/[A-Za-z0-9]/.test(String.fromCharCode(byte))),
);

export interface Run {
  readonly start: number;
  readonly end: number;
}

/**
 * The runs of at least `shortest` letters and digits. It looks from the end of each possible run backwards, as
 * Boyer and Moore do, so that most bytes of ordinary text are never looked at.
 */
export function* alnumRuns(bytes: Uint8Array, shortest: number): Generator<Run> {
  const size = bytes.length;
  let start = 0;
  while (start + shortest <= size) {
    let at = start + shortest - 1;
    while (at >= start && ALNUM[bytes[at] as number] === 1) at--;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    let end = start + shortest;
    while (end < size && ALNUM[bytes[end] as number] === 1) end++;
    yield { start, end };
    start = end + 1;
  }
}
