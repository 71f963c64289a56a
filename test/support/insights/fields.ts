/** One event of a log group. */
export interface LogEvent {
  /** Milliseconds since the epoch. */
  readonly timestamp: number;
  readonly message: string;
}

/** A value that a query reads; a boolean can be displayed, not compared. */
export type Value = string | number | boolean;
export type Row = ReadonlyMap<string, Value>;

/**
 * AWS does not document what becomes of a field whose JSON value is null: it may be absent, an empty text or the text
 * `null`. A query whose result differs between the three cannot be trusted.
 */
export type Nulls = "absent" | "empty" | "text";

/** AWS has extracted more since, but has documented this number first: the fields of a line beyond it are not found. */
const MAX_FIELDS = 100;

/** The fields of an event: AWS's own, and those of its JSON by dotted path, elements of arrays by their number. */
export function rowOf({ timestamp, message }: LogEvent, nulls: Nulls): Row {
  const row = new Map<string, Value>();
  if (message.startsWith("{")) flatten(row, "", JSON.parse(message), nulls);
  return row.set("@timestamp", timestamp).set("@message", message);
}

function flatten(row: Map<string, Value>, path: string, value: unknown, nulls: Nulls): void {
  if (row.size >= MAX_FIELDS) return;
  if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) {
      // AWS marks a name that begins with its own sign with a second one.
      const marked = path === "" && name.startsWith("@") ? `@${name}` : name;
      flatten(row, path === "" ? marked : `${path}.${name}`, inner, nulls);
    }
  } else if (value !== null) {
    row.set(path, value as Value);
  } else if (nulls !== "absent") {
    row.set(path, nulls === "empty" ? "" : "null");
  }
}
