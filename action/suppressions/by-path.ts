import type { CommitPart, Finding } from "../scan/finding.ts";
import { isKeyFormat, KEY_FORMAT_NAMES, type KeyFormat } from "../scan/key-formats.ts";

/** Private keys that are suppressed by their path, such as published test keys. Never a Box secret or Box's key. */
export interface PathSuppression {
  /** A glob with `/`, relative to the root of the repository; at least one of its segments has no wildcard. */
  readonly path: string;
  /** The formats that it is for. */
  readonly kinds: readonly KeyFormat[];
  readonly reason: string;
  /** `YYYY-MM-DD`, the last day on which it counts; at most a year away. */
  readonly expires: string;
}

/** Longer globs are no accident. */
const LONGEST_PATH = 1000;
/** Control and format characters: what a reviewer does not see must not decide. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u;

/** What is wrong with the properties `path` and `kinds` of an entry. */
export function pathFault({ path, kinds }: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof path !== "string" || path.trim() === "") return 'lacks "path", a glob such as testdata/**.';
  return globFault(path) ?? kindsFault(kinds);
}

function globFault(path: string): string | undefined {
  if (path.length > LONGEST_PATH || UNSEEN.test(path))
    return 'has a "path" with characters that cannot be seen, or more than 1,000; write it in plain characters.';
  if (path.includes("\\")) return 'has a "path" with a backslash; write / between folders.';
  if (/[{}]/.test(path)) return 'has a "path" with braces; write an entry for each of the alternatives.';
  const segments = path.split("/");
  if (segments.some((segment) => ["", ".", ".."].includes(segment)))
    return 'has a "path" that is not relative to the root of the repository; write it without a / at either end, without //, and without . and .. as a folder.';
  return segments.every((segment) => /[*?[]/.test(segment))
    ? 'has a "path" that names no folder or file and would cover the whole repository; name one, as in testdata/**.'
    : undefined;
}

function kindsFault(kinds: unknown): string | undefined {
  const known = KEY_FORMAT_NAMES.join(", ");
  if (!Array.isArray(kinds) || kinds.length === 0)
    return `lacks "kinds", an array with the kinds of private keys that it is for; write some of: ${known}.`;
  if (kinds.every(isKeyFormat)) return undefined;
  return `has a kind that is none; write some of: ${known}. Box secrets and configs cannot be suppressed by path.`;
}

/** A finding where it was found, before its current place is known. */
export interface PathFinding extends Finding {
  readonly path: string;
  readonly part?: CommitPart | undefined;
  readonly object: string | undefined;
  /** The path is one of several, or not where the content really is. */
  readonly uncertainPath: boolean;
}

/** Paths that were left unread because their content was read under others. */
export interface LeftOut {
  /** The objects that have such paths. */
  readonly objects: ReadonlySet<string>;
  /** Whether a whole folder was left out, with unknown content. */
  readonly folders: boolean;
}

/**
 * Which of the entries cover a finding. None covers a Box secret, a key that any Box config of the run has, a message,
 * a finding whose path is not certain, or a content with paths that were not read: it may be anywhere.
 */
export async function pathCoverage(
  entries: readonly PathSuppression[],
  found: readonly PathFinding[],
  leftOut: LeftOut,
): Promise<(finding: PathFinding) => readonly PathSuppression[]> {
  if (entries.length === 0 || leftOut.folders) return () => [];
  const { globMatcher } = await import("../rules/schema/glob.ts");
  const matchers = entries.map((entry) => ({ entry, matches: globMatcher(entry.path) }));
  const ofBox = new Set(found.flatMap(({ ofBoxConfig, identity }) => (ofBoxConfig ? [identity] : [])));
  return (finding) => {
    const { rule, keyFormat, path, part, object, uncertainPath, identity } = finding;
    if (part !== undefined) return [];
    if (rule !== "private-key" || keyFormat === undefined || uncertainPath || !isPlainPath(path)) return [];
    if (ofBox.has(identity) || (object !== undefined && leftOut.objects.has(object))) return [];
    return matchers.flatMap(({ entry, matches }) =>
      entry.kinds.includes(keyFormat) && matches(path) ? [entry] : [],
    );
  };
}

/** Whether a path is what it says on every system: not absolute, nothing that leads elsewhere. */
const isPlainPath = (path: string): boolean =>
  !path.includes("\\") &&
  path.split("/").every((segment) => segment !== "" && segment !== "." && segment !== "..");
