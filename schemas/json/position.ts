/** 1-based, columns in UTF-16 code units, as editors and GitHub annotations count them. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export const START: Position = { line: 1, column: 1 };

/** Less than 0 where the first position is before the second; for `sort`. */
export const comparePositions = (one: Position, other: Position): number =>
  one.line - other.line || one.column - other.column;
