import type { Policy, Statement } from "../../../schemas/policy/parse.ts";
import { matchesPattern } from "../../../schemas/policy/pattern.ts";
import { type Change, cellChanges } from "./cell.ts";
import {
  appClasses,
  type CallerClass,
  callerClasses,
  callerKey,
  namedRoles,
  subjectClasses,
} from "./dimensions.ts";

/** One change, for apps and subjects that it is the same for. */
export type AccessChange = Change & {
  /** Labels: a pattern, or a pattern with what it is without. */
  readonly apps: readonly string[];
  readonly subjects: readonly string[];
};

/** Callers for whom the same changes. */
export interface CallerChanges {
  /** `alias:NAME`, an ARN, or `name:NAME`, each of them a pattern. */
  readonly callers: readonly string[];
  readonly changes: readonly AccessChange[];
}

/** The statements of the policy before, and after. */
type Both = readonly [before: readonly Statement[], after: readonly Statement[]];

/**
 * Who gains and who loses what from one policy to the other, by what `authorize` decides for an example of each class of
 * requests. Empty exactly if both policies give each request the same token; how statements are written, ordered and
 * named is no difference.
 * @throws TooManyClasses where the patterns overlap in too many ways
 */
export function comparePolicies(before: Policy, after: Policy): readonly CallerChanges[] {
  const both: Both = [before.statements, after.statements];
  const classes = callerClasses(both.flat());
  const single = changesOf(classes, both);
  // What a role and a name bring together is worth a line only where neither brings it alone.
  const changed = new Set(single.map(({ caller }) => caller));
  const others = classes.filter((one) => !changed.has(one));
  const paired = both.flat().some(({ isolate }) => isolate) ? changesOf(namedRoles(others), both) : [];
  const groups = new Map<string, CallerChanges>();
  for (const { caller, changes } of [...single, ...paired]) {
    const key = JSON.stringify(changes);
    groups.set(key, { callers: [...(groups.get(key)?.callers ?? []), caller.label], changes });
  }
  return [...groups.values()];
}

function changesOf(classes: readonly CallerClass[], both: Both) {
  const [before, after] = both.map(byCaller);
  return classes.flatMap((caller) => {
    const changes = callerChanges(caller, [before?.(caller) ?? [], after?.(caller) ?? []]);
    return changes.length === 0 ? [] : [{ caller, changes }];
  });
}

/** The statements for a class of callers, in the order of the policy, without matching each with each. */
function byCaller(statements: readonly Statement[]): (caller: CallerClass) => readonly Statement[] {
  const placed = new Map<string, (readonly [number, Statement])[]>();
  for (const [index, statement] of statements.entries()) {
    const key = callerKey(statement.caller);
    placed.set(key, [...(placed.get(key) ?? []), [index, statement]]);
  }
  return ({ keys }) =>
    keys
      .flatMap((key) => placed.get(key) ?? [])
      .sort(([one], [other]) => one - other)
      .map(([, statement]) => statement);
}

function callerChanges({ caller }: CallerClass, ofCaller: Both): readonly AccessChange[] {
  if (sameStatements(ofCaller)) return [];
  const merged = new Map<string, AccessChange>();
  for (const app of appClasses(ofCaller.flat())) {
    const ofApp = matching(ofCaller, (one) => matchesPattern(one.app, app.example));
    if (sameStatements(ofApp)) continue;
    const bySubject = new Map<string, AccessChange>();
    for (const subject of subjectClasses(ofApp.flat())) {
      const ofCell = matching(ofApp, ({ subjects }) =>
        subjects.some((pattern) => matchesPattern(pattern, subject.example)),
      );
      if (sameStatements(ofCell)) continue;
      const cell = { caller, app: app.example, subject: subject.example };
      for (const change of cellChanges(cell, ...ofCell)) {
        const key = JSON.stringify(change);
        const subjects = [...(bySubject.get(key)?.subjects ?? []), subject.label];
        bySubject.set(key, { ...change, apps: [app.label], subjects });
      }
    }
    for (const change of bySubject.values()) {
      const key = JSON.stringify({ ...change, apps: [] });
      merged.set(key, { ...change, apps: [...(merged.get(key)?.apps ?? []), app.label] });
    }
  }
  return [...merged.values()];
}

const matching = ([before, after]: Both, matches: (statement: Statement) => boolean): Both => [
  before.filter(matches),
  after.filter(matches),
];

/** Whether both lists allow the same in the same words; their order counts only where tokens may be isolated. */
function sameStatements([before, after]: Both): boolean {
  const ordered = [...before, ...after].some(({ isolate }) => isolate);
  const text = (statements: readonly Statement[]) => {
    const rows = statements.map(({ id: _, caller: __, ...rights }) => JSON.stringify(rights));
    return JSON.stringify(ordered ? rows : rows.sort());
  };
  return text(before) === text(after);
}
