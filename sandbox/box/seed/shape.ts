import { isObject } from "../../../schemas/json/is-object.ts";
import { didYouMean } from "../../../schemas/json/nearest.ts";
import { jsonPointer, type Path } from "../../../schemas/json/pointer.ts";
import type { SeedIssue } from "./document.ts";

/** Reports what is wrong with a value, in sentences. */
export type Check = (value: unknown, path: Path, report: Report) => void;
export type Report = (path: Path, message: string) => void;

export interface Field {
  readonly check: Check;
  readonly isRequired?: true;
}

export const required = (check: Check): Field => ({ check, isRequired: true });
export const optional = (check: Check): Field => ({ check });

/** What a value must be: `is("a number", …)` reports "This is not a number." */
export const is =
  (what: string, holds: (value: unknown) => boolean): Check =>
  (value, path, report) => {
    if (!holds(value)) report(path, `This is not ${what}.`);
  };

export const text = (what: string, pattern: RegExp): Check =>
  is(what, (value) => typeof value === "string" && pattern.test(value));

export const flag = is("true or false", (value) => typeof value === "boolean");

export const oneOf =
  (names: readonly string[]): Check =>
  (value, path, report) => {
    if (typeof value === "string" && names.includes(value)) return;
    const meant = typeof value === "string" ? didYouMean(value, names) : "";
    report(path, `This is not one of ${names.join(", ")}.${meant}`);
  };

export const list =
  (check: Check, most = 100_000): Check =>
  (value, path, report) => {
    if (!Array.isArray(value)) report(path, "This is not an array.");
    else if (value.length > most) report(path, `This has more than ${most} elements.`);
    else for (const [index, element] of value.entries()) check(element, [...path, index], report);
  };

/** An object whose properties have names of one form. */
export const record =
  (name: RegExp, check: Check): Check =>
  (value, path, report) => {
    if (!isObject(value)) report(path, "This is not an object.");
    for (const [key, property] of Object.entries(isObject(value) ? value : {})) {
      if (!name.test(key)) report([...path, key], `The name is not of the form ${name.source}.`);
      else check(property, [...path, key], report);
    }
  };

type Fields = Readonly<Record<string, Field>>;

/** An object with these properties and no other ones. */
export const shape =
  (fields: Fields): Check =>
  (value, path, report) => {
    if (!isObject(value)) {
      report(path, "This is not an object.");
      return;
    }
    for (const [name, property] of Object.entries(value)) {
      const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (field === undefined) report([...path, name], noSuchProperty(name, fields));
      else field.check(property, [...path, name], report);
    }
    const missing = Object.keys(fields).filter(
      (name) => fields[name]?.isRequired && !Object.hasOwn(value, name),
    );
    for (const name of missing) report(path, `The property ${name} is missing.`);
  };

function noSuchProperty(name: string, fields: Fields): string {
  const names = Object.keys(fields);
  return `There is no such property.${didYouMean(name, names)} There are ${names.join(", ")}.`;
}

/** As many as a person reads. */
const MAX_ISSUES = 100;

export function issuesOf(check: Check, value: unknown): readonly SeedIssue[] {
  const issues: SeedIssue[] = [];
  check(value, [], (path, message) => {
    if (issues.length < MAX_ISSUES) issues.push({ pointer: jsonPointer(path), message });
  });
  return issues;
}
