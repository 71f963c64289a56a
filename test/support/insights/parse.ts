import { parseExpression } from "./parse-expression.ts";
import { Reader } from "./reader.ts";
import { type Column, type Command, InsightsError } from "./syntax.ts";
import { tokensOf } from "./tokens.ts";

/** AWS returns at most so many rows, with or without `limit`. */
const MAX_ROWS = 10_000;

/** The commands of a query, or an error that names what is not known. */
export function parseQuery(query: string): readonly Command[] {
  const reader = new Reader(tokensOf(query));
  const commands = [command(reader)];
  while (reader.takes("|")) commands.push(command(reader));
  if (reader.next !== undefined) throw new InsightsError(`Unexpected: ${reader.next.text}`);
  if (commands.filter(({ kind }) => kind === "stats").length > 1) throw new InsightsError("stats is twice.");
  return commands;
}

function command(reader: Reader): Command {
  const kind = reader.take("name");
  switch (kind) {
    case "fields":
    case "display":
      return { kind, columns: columns(reader) };
    case "filter":
      return { kind, where: parseExpression(reader) };
    case "stats":
      return { kind, columns: columns(reader), by: reader.takes("by") ? columns(reader) : [] };
    case "sort": {
      const by = parseExpression(reader);
      const descending = reader.takes("desc");
      // Ascending by default, but a query should say so.
      if (!descending) reader.needs("asc");
      return { kind, by, descending };
    }
    case "limit": {
      const count = Number(reader.take("number"));
      if (Number.isInteger(count) && count >= 1 && count <= MAX_ROWS) return { kind, count };
      throw new InsightsError(`limit is 1 to ${MAX_ROWS}, not ${count}.`);
    }
    default:
      throw new InsightsError(`Unknown command: ${kind}`);
  }
}

function columns(reader: Reader): readonly Column[] {
  const all = [column(reader)];
  while (reader.takes(",")) all.push(column(reader));
  return all;
}

/** A column that is not a field needs a name of its own here; AWS would name it by its text. */
function column(reader: Reader): Column {
  const of = parseExpression(reader);
  if (reader.takes("as")) return { name: reader.take("name"), of };
  if (of.kind === "field") return { name: of.name, of };
  if (of.kind === "call" && of.name === "bin") return { name: "bin", of };
  throw new InsightsError("A column that is calculated needs a name: as NAME.");
}
