/** 1-based; columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/**
 * The position of each of some ascending `offsets`, `start` being that of the first byte. UTF-8 is counted as the
 * UTF-16 code units it stands for, and NULs are not counted, so that UTF-16 comes out right as well; a file cut
 * anywhere gives the same positions.
 */
export function positionsOf(bytes: Uint8Array, start: Position, offsets: readonly number[]): Position[] {
  const positions: Position[] = [];
  let { line, column } = start;
  let at = 0;
  for (const offset of offsets) {
    for (; at < Math.min(offset, bytes.length); at++) {
      const byte = bytes[at] as number;
      if (byte === 0x0a) {
        line++;
        column = 1;
      } else column += unitsOf(byte);
    }
    positions.push({ line, column });
  }
  return positions;
}

function unitsOf(byte: number): number {
  if (byte === 0 || (byte >= 0x80 && byte < 0xc0) || byte >= 0xf8) return 0;
  return byte >= 0xf0 ? 2 : 1;
}
