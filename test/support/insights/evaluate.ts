import type { Row, Value } from "./fields.ts";
import { type Expression, InsightsError } from "./syntax.ts";

/**
 * A condition is true, false, `unmatched` (a comparison with a field that the event does not have: a filter leaves the
 * event out, whatever the comparison), or `undocumented` (the opposite of that, which AWS does not document).
 */
type Truth = true | false | "unmatched" | "undocumented";

/** Whether a filter keeps the row. Throws where AWS does not document it. */
export function keeps(where: Expression, row: Row): boolean {
  const truth = truthOf(where, row);
  if (truth === "undocumented") {
    throw new InsightsError("The condition depends on the opposite of a comparison with a missing field.");
  }
  return truth === true;
}

function truthOf(expression: Expression, row: Row): Truth {
  if (expression.kind === "not") {
    const inner = truthOf(expression.of, row);
    return typeof inner === "boolean" ? !inner : "undocumented";
  }
  if (expression.kind === "call") return testOf(expression.name, expression.given, row);
  if (expression.kind !== "binary") throw new InsightsError(`${expression.kind} is no condition.`);
  const { operator, left, right } = expression;
  if (operator === "and" || operator === "or") return combined(operator === "or", left, right, row);
  const value = scalarOf(left, row);
  if (value === undefined) return operator === "!=" ? "undocumented" : "unmatched";
  return compared(operator, value, right, row);
}

/** `or` is decided by the first true, `and` by the first false. */
function combined(decisive: boolean, left: Expression, right: Expression, row: Row): Truth {
  const both = [truthOf(left, row), truthOf(right, row)];
  if (both.includes(decisive)) return decisive;
  if (both.includes("undocumented")) return "undocumented";
  return both.includes("unmatched") ? "unmatched" : !decisive;
}

function compared(operator: string, value: Value, right: Expression, row: Row): Truth {
  if (right.kind === "list") return right.items.some((item) => equal(value, scalarOf(item, row)));
  if (operator === "like") {
    if (typeof value !== "string") throw new InsightsError("like compares texts.");
    if (right.kind === "regex") return right.value.test(value);
    return right.kind === "string" && value.includes(right.value);
  }
  const other = scalarOf(right, row);
  if (other === undefined) return operator === "!=" ? "undocumented" : "unmatched";
  if (operator === "=") return equal(value, other);
  if (operator === "!=") return !equal(value, other);
  if (typeof value !== "number" || typeof other !== "number") {
    throw new InsightsError(`${operator} compares numbers here.`);
  }
  return ORDERS[operator]?.(value, other) ?? false;
}

const ORDERS: Readonly<Record<string, (one: number, other: number) => boolean>> = {
  "<": (one, other) => one < other,
  "<=": (one, other) => one <= other,
  ">": (one, other) => one > other,
  ">=": (one, other) => one >= other,
};

/** Case counts. A number that is compared with a text, and a boolean, are not documented. */
function equal(one: Value, other: Value | undefined): boolean {
  if (typeof one !== typeof other || typeof one === "boolean") {
    throw new InsightsError(`${JSON.stringify(one)} cannot be compared with ${JSON.stringify(other)}.`);
  }
  return one === other;
}

function testOf(name: string, [first]: readonly Expression[], row: Row): Truth {
  if (first?.kind !== "field") throw new InsightsError(`${name} needs a field.`);
  if (name === "ispresent") return row.has(first.name);
  if (name === "isempty") return (row.get(first.name) ?? "") === "";
  throw new InsightsError(`${name} is no condition.`);
}

/** The value of an expression that needs one row; undefined where the row has no such field. */
export function scalarOf(expression: Expression, row: Row): Value | undefined {
  switch (expression.kind) {
    case "number":
    case "string":
      return expression.value;
    case "field":
      return row.get(expression.name);
    case "call":
      return calledOn(expression.name, expression.given, row);
    case "binary":
      return calculated(expression.operator, scalarOf(expression.left, row), scalarOf(expression.right, row));
    default:
      throw new InsightsError(`${expression.kind} is no value.`);
  }
}

function calledOn(name: string, given: readonly Expression[], row: Row): Value {
  const [first, second] = given;
  if (name === "bin" && first?.kind === "period") {
    const timestamp = Number(row.get("@timestamp"));
    return timestamp - (timestamp % first.milliseconds);
  }
  if (name === "strcontains" && first !== undefined && second !== undefined) {
    const [text, part] = [scalarOf(first, row), scalarOf(second, row)];
    if (typeof text === "string" && typeof part === "string") return text.includes(part) ? 1 : 0;
    throw new InsightsError("strcontains needs texts, and a field that each row has.");
  }
  throw new InsightsError(`${name} is no value of a row.`);
}

/** Arithmetic of numbers. */
export function calculated(
  operator: string,
  left: Value | undefined,
  right: Value | undefined,
): number | undefined {
  const calculate = ARITHMETIC[operator];
  if (calculate === undefined) throw new InsightsError(`${operator} gives no value.`);
  if (left === undefined || right === undefined) return undefined;
  if (typeof left === "number" && typeof right === "number") return calculate(left, right);
  throw new InsightsError(`${operator} needs numbers.`);
}

const ARITHMETIC: Readonly<Record<string, (one: number, other: number) => number>> = {
  "+": (one, other) => one + other,
  "-": (one, other) => one - other,
  "*": (one, other) => one * other,
  "/": (one, other) => one / other,
};
