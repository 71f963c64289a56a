import type { Reader } from "./reader.ts";
import { AGGREGATES, type Expression, FUNCTIONS, InsightsError } from "./syntax.ts";

const KEYWORDS = new Set(["and", "or", "not", "in", "like", "as", "by", "asc", "desc"]);
const COMPARISONS = ["=", "!=", "<=", ">=", "<", ">"];
const PERIODS: Readonly<Record<string, number>> = {
  ...{ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 },
};

/** From the operator that binds least to the one that binds most: or, and, not, comparisons, + -, * /. */
export function parseExpression(reader: Reader): Expression {
  return chain(reader, ["or"], () => chain(reader, ["and"], () => negation(reader)));
}

function chain(reader: Reader, operators: readonly string[], operand: () => Expression): Expression {
  let left = operand();
  for (;;) {
    const operator = operators.find((one) => reader.takes(one));
    if (operator === undefined) return left;
    left = { kind: "binary", operator, left, right: operand() };
  }
}

function negation(reader: Reader): Expression {
  return reader.takes("not") ? { kind: "not", of: negation(reader) } : comparison(reader);
}

function comparison(reader: Reader): Expression {
  const left = sum(reader);
  const operator = COMPARISONS.find((one) => reader.takes(one));
  if (operator !== undefined) return { kind: "binary", operator, left, right: sum(reader) };
  const isNegated = reader.takes("not");
  const positive = membershipOrPattern(reader, left);
  if (positive === undefined && isNegated) throw new InsightsError("Expected in or like after not.");
  if (positive === undefined) return left;
  return isNegated ? { kind: "not", of: positive } : positive;
}

function membershipOrPattern(reader: Reader, left: Expression): Expression | undefined {
  if (reader.takes("in")) return { kind: "binary", operator: "in", left, right: list(reader) };
  if (!reader.takes("like") && !reader.takes("=~")) return undefined;
  const right = primary(reader);
  if (right.kind !== "string" && right.kind !== "regex") {
    throw new InsightsError("like needs a text or a /regular expression/.");
  }
  return { kind: "binary", operator: "like", left, right };
}

function list(reader: Reader): Expression {
  reader.needs("[");
  const items = [primary(reader)];
  while (reader.takes(",")) items.push(primary(reader));
  reader.needs("]");
  return { kind: "list", items };
}

const sum = (reader: Reader): Expression =>
  chain(reader, ["+", "-"], () => chain(reader, ["*", "/"], () => primary(reader)));

function primary(reader: Reader): Expression {
  const { next } = reader;
  switch (next?.kind) {
    case "number":
      return { kind: "number", value: Number(reader.take("number")) };
    case "string":
      return { kind: "string", value: reader.take("string") };
    case "regex":
      return { kind: "regex", value: regexOf(reader.take("regex")) };
    case "period":
      return period(reader.take("period"));
    case "name":
      return fieldOrCall(reader);
    default:
      break;
  }
  if (!reader.takes("(")) throw new InsightsError(`Unexpected: ${next?.text ?? "the end"}`);
  const inner = parseExpression(reader);
  reader.needs(")");
  return inner;
}

function period(text: string): Expression {
  const [, count = "", unit = ""] = /^(\d+)(\w+)$/.exec(text) ?? [];
  return { kind: "period", milliseconds: Number(count) * (PERIODS[unit] ?? Number.NaN) };
}

/** AWS's expressions are Java's: those whose meaning in JavaScript may differ are refused. */
function regexOf(source: string): RegExp {
  const isCaseless = source.startsWith("(?i)");
  const body = isCaseless ? source.slice("(?i)".length) : source;
  if (/\(\?(?!:)|\\[^\w./"]|\\[zZAGQEhHRXpPkK]/.test(body)) {
    throw new InsightsError(`The regular expression is more than the evaluator knows: ${source}`);
  }
  return new RegExp(body, isCaseless ? "iu" : "u");
}

function fieldOrCall(reader: Reader): Expression {
  const name = reader.take("name");
  if (!reader.takes("(")) {
    if (KEYWORDS.has(name)) throw new InsightsError(`Unexpected: ${name}`);
    return { kind: "field", name };
  }
  const arity = FUNCTIONS[name] ?? AGGREGATES[name];
  if (arity === undefined) throw new InsightsError(`Unknown function: ${name}`);
  if (name === "count" && reader.takes("*")) {
    reader.needs(")");
    return { kind: "call", name, given: [{ kind: "every" }] };
  }
  const given = [parseExpression(reader)];
  while (reader.takes(",")) given.push(parseExpression(reader));
  reader.needs(")");
  if (given.length !== arity) throw new InsightsError(`${name} takes ${arity} arguments.`);
  return { kind: "call", name, given };
}
