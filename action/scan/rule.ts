import type { Budget } from "../rules/private-key/budget.ts";
import type { RoleKeys } from "../sources/git/other-roles.ts";
import type { Content } from "./content.ts";
import type { Finding, RuleId } from "./finding.ts";
import type { OnSkipped } from "./skipped.ts";

/**
 * Compares a secret with the hashes in suppressions for its fingerprint and returns the one that it has, so that a
 * finding says which suppression is meant and nothing of the secret.
 */
export type BindSecret = (identity: string, secret: string, onSkipped?: OnSkipped) => string | undefined;

/** One thing to search for. Pure: the same content gives the same findings. */
export interface Rule {
  readonly id: RuleId;
  /** It reads a file as a document of its kind, by its name or content: a symbolic link is none. */
  readonly ofDocuments?: true;
  /**
   * What of a path decides how a content is read, as a key: under paths with equal keys the same content gives the same
   * findings, but for the path that they name. The key of an empty path is that of a path that decides nothing: no
   * other reads less. Without it no path decides anything.
   */
  readonly role?: (path: string) => string;
  /** Occurs in every name that decides something in a folder that does not. Without it every name may. */
  readonly nameHint?: RegExp;
  /** What of the path of a folder the keys of paths in it depend on. Without it the names of files alone decide. */
  readonly folderRole?: (path: string) => string;
  /**
   * All findings in the content, in order of position. Returns at once where nothing hints at one. What it leaves
   * out because it would take too long is reported. One `budget` serves all windows of a source; without it, each has
   * its own.
   */
  find(content: Content, onSkipped?: OnSkipped, budget?: Budget): readonly Finding[];
}

/** What of paths decides how contents are read by these rules; see `RoleKeys`. */
export function roleKeys(rules: readonly Rule[]): RoleKeys {
  const plain = rules.map(({ role }) => role?.("") ?? "");
  const hints = rules.flatMap(({ role, nameHint }) => (role ? [nameHint?.source ?? ""] : []));
  // One pass for all rules. Without regard to case it holds for more names than each does, never for fewer.
  const anyHint = hints.length === 0 ? undefined : new RegExp([...new Set(hints)].join("|"), "i");
  return {
    file: (path) =>
      rules.flatMap(({ role }, at) => {
        const key = role?.(path) ?? "";
        return key === plain[at] ? [] : [`${at} ${key}`];
      }),
    mayDecide: (names) => anyHint?.test(names) ?? false,
    folder: (path) => rules.map(({ folderRole }) => folderRole?.(path) ?? "").join("\n"),
  };
}
