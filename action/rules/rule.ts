import type { Content } from "../content.ts";
import type { Budget } from "../detect/budget.ts";
import type { Finding, RuleId } from "../finding.ts";
import type { TellGap } from "../gaps.ts";

/**
 * Compares a secret with the hashes in suppressions for its fingerprint and returns the one that it has, so that a
 * finding says which suppression is meant and nothing of the secret.
 */
export type BindSecret = (identity: string, secret: string, tellGap?: TellGap) => string | undefined;

/** One thing to look for. Pure: the same content gives the same findings. */
export interface Rule {
  readonly id: RuleId;
  /**
   * What of a path decides how a content is read, as a key: under paths with equal keys the same content gives the same
   * findings, but for the path that they name. Without it the path decides nothing.
   */
  readonly role?: (path: string) => string;
  /**
   * All findings in the content, in order of position. Returns at once where nothing hints at one. What it leaves
   * out because it would take too long is told. One `budget` serves all windows of a source; without it, each has
   * its own.
   */
  find(content: Content, tellGap?: TellGap, budget?: Budget): readonly Finding[];
}

/** The keys of all rules for a path. */
export const roleOf =
  (rules: readonly Rule[]) =>
  (path: string): string =>
    rules.map(({ role }) => role?.(path) ?? "").join("\n");
