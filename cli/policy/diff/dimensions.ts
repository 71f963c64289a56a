import type { Caller } from "../../../schemas/policy/caller.ts";
import { withoutRolePath } from "../../../schemas/policy/caller-pattern.ts";
import type { CallerPattern, Statement } from "../../../schemas/policy/parse.ts";
import { type PatternClass, patternClasses, type ValueKind } from "./pattern-classes.ts";

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const DIGITS = "0123456789";

/** A name of IAM. */
const IAM_NAME: ValueKind = {
  alphabet: `${LETTERS}${DIGITS}_+=,.@-`,
  maxLength: 64,
  phase: (text) => (text === "" ? "empty" : "name"),
  complete: ["name"],
};
/** `CALLER_NAME`, which is not digits alone. */
const ALIAS: ValueKind = {
  alphabet: `${LETTERS}${DIGITS}_-`,
  maxLength: 128,
  phase: (text) => (text === "" ? "empty" : /^[0-9]+$/.test(text) ? "digits" : "name"),
  complete: ["name"],
};
/** `APP_NAME`, which begins with a letter or digit. */
const APP: ValueKind = {
  alphabet: `${LETTERS}${DIGITS}_.-`,
  maxLength: 64,
  phase: (text) => (text === "" ? "empty" : /^[A-Za-z0-9]/.test(text) ? "name" : undefined),
  complete: ["name"],
};
/** An id of Box. */
const BOX_ID: ValueKind = {
  alphabet: DIGITS,
  maxLength: 20,
  phase: (text) => (text === "" ? "empty" : "id"),
  complete: ["id"],
};

/** A class of values with what a person calls it: `reports-*, except reports-a`. */
export interface Labelled extends PatternClass {
  readonly label: string;
}
export interface CallerClass {
  readonly caller: Caller;
  readonly label: string;
  /** `callerKey` of the statements that match. */
  readonly keys: readonly string[];
}
type Statements = readonly Statement[];

/** Equal for patterns that match the same callers because they are written alike. */
export function callerKey(pattern: CallerPattern): string {
  const [[kind = "", text = ""] = []] = Object.entries<string>({ ...pattern });
  return `${kind}:${kind === "iam" ? comparable(text) : text}`;
}

/** The callers that the statements treat alike: of each class one, and each name that a deployment may give. */
export function callerClasses(statements: Statements): readonly CallerClass[] {
  const patterns = statements.map(({ caller }) => caller);
  const names = [...new Set(patterns.flatMap((caller) => ("name" in caller ? [caller.name] : [])))];
  const aliases = patterns.flatMap((caller) => ("alias" in caller ? [caller.alias] : []));
  const roles = patterns.flatMap((caller) => ("iam" in caller ? [comparable(caller.iam)] : []));
  const byAlias = labelled(patternClasses([...aliases, ...names], ALIAS, { unmatched: false }));
  return [
    ...byAlias.map(({ example, label, matched }) => ({
      caller: { alias: example },
      label: `alias:${label}`,
      keys: matched.flatMap((pattern) => [`alias:${pattern}`, `name:${pattern}`]),
    })),
    ...byPrefix(roles, IAM_NAME).map(({ example, label, matched }) => ({
      caller: { iam: example },
      label,
      keys: matched.map((pattern) => `iam:${pattern}`),
    })),
    // No pattern of an ARN matches this text: the caller is known by its name alone.
    ...names.map((name) => ({
      caller: { iam: `name:${name}`, name },
      label: `name:${name}`,
      keys: [`name:${name}`],
    })),
  ];
}

/** A role and a name that the deployment gives it, whose statements then count together. */
export function namedRoles(classes: readonly CallerClass[]): readonly CallerClass[] {
  const roles = classes.flatMap(({ caller, label, keys }) =>
    "iam" in caller && caller.name === undefined ? [{ iam: caller.iam, label, keys }] : [],
  );
  const names = classes.flatMap(({ caller, keys }) =>
    "iam" in caller && caller.name !== undefined ? [{ name: caller.name, keys }] : [],
  );
  return roles.flatMap(({ iam, label, keys }) =>
    names.map(({ name, keys: more }) => ({
      caller: { iam, name },
      label: `${label}, named ${name}`,
      keys: [...keys, ...more],
    })),
  );
}

export const appClasses = (statements: Statements): readonly Labelled[] =>
  labelled(
    patternClasses(
      statements.map(({ app }) => app),
      APP,
      { unmatched: false },
    ),
  );

/** `enterprise`, and classes of `user:ID`. */
export function subjectClasses(statements: Statements): readonly Labelled[] {
  const subjects = statements.flatMap((statement) => statement.subjects);
  const enterprise = subjects.includes("enterprise")
    ? [{ example: "enterprise", label: "enterprise", matched: ["enterprise"] }]
    : [];
  return [
    ...enterprise,
    ...byPrefix(
      subjects.filter((one) => one.startsWith("user:")),
      BOX_ID,
    ),
  ];
}

const BOX_ITEMS = ["https://api.box.com/2.0/files/", "https://api.box.com/2.0/folders/"] as const;

/** Classes of all files and folders, also of those that no statement lists. */
export function resourceClasses(statements: Statements): readonly Labelled[] {
  const resources = statements.flatMap((statement) => statement.resources ?? []);
  return BOX_ITEMS.flatMap((prefix) => {
    const kind = prefix.includes("files") ? "files" : "folders";
    const ids = resources.filter((url) => url.startsWith(prefix)).map((url) => url.slice(prefix.length));
    const classes = patternClasses(ids, BOX_ID, { unmatched: true });
    return labelled(classes).map(({ example, label, matched }) => ({
      example: `${prefix}${example}`,
      matched,
      label: label === "" ? `${ids.length === 0 ? "all" : "all other"} ${kind}` : `${kind}/${label}`,
    }));
  });
}

/** A role's session does not report its path, and a role with a path and a star matches nothing. */
const comparable = (arn: string): string => (arn.includes("*") ? arn : withoutRolePath(arn));

/** Classes of patterns whose stars are all in the last segment. */
function byPrefix(patterns: readonly string[], kind: ValueKind): readonly Labelled[] {
  const split = patterns.map((pattern) => /^(.*[:/])([^:/]*)$/s.exec(pattern) ?? [pattern, "", pattern]);
  const prefixes = [...new Set(split.map(([, prefix = ""]) => prefix))];
  return prefixes.flatMap((prefix) => {
    const tails = split.filter(([, own]) => own === prefix).map(([, , tail = ""]) => tail);
    return labelled(patternClasses(tails, kind, { unmatched: false })).map(({ example, label, matched }) => ({
      example: `${prefix}${example}`,
      matched: matched.map((tail) => `${prefix}${tail}`),
      label: `${prefix}${label}`,
    }));
  });
}

const MAX_EXCEPTIONS = 5;

/** Names each class by the narrowest patterns that match it, and by the patterns inside these that do not. */
function labelled(classes: readonly PatternClass[]): readonly Labelled[] {
  const within = (inner: string, outer: string) =>
    classes.every(({ matched }) => !matched.includes(inner) || matched.includes(outer));
  return classes.map(({ example, matched }) => {
    const narrowest = matched.filter(
      (one, index) =>
        !matched.some(
          (other, at) => other !== one && within(other, one) && (!within(one, other) || at < index),
        ),
    );
    const exceptions = [
      ...new Set(
        classes
          .filter((other) => narrowest.every((one) => other.matched.includes(one)))
          .flatMap((other) => other.matched.filter((one) => !matched.includes(one))),
      ),
    ].filter(
      (one, _, all) => !all.some((other) => other !== one && within(one, other) && !within(other, one)),
    );
    const shown = exceptions.slice(0, MAX_EXCEPTIONS);
    const more = exceptions.length - shown.length;
    const except = matched.length === 0 || shown.length === 0 ? "" : ` except ${shown.join(", ")}`;
    return {
      example,
      matched,
      label: `${narrowest.join(" and ")}${except}${except !== "" && more > 0 ? ` and ${more} more` : ""}`,
    };
  });
}
